import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedIssuer, type EmbeddedIssuer } from './embedded-issuer.ts'

/** What an example runs with. */
export interface Config {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly dataFile: string
  /** Sallyport's own: what was revoked. */
  readonly stateFile: string
  readonly port: number
  /** Set where the tokens come from this process. */
  readonly embedded?: EmbeddedIssuer
}

/**
 * Reads the configuration from environment variables: `ISSUER`, `AUDIENCE` and `JWKS_URI` together, or none of them for an
 * embedded issuer; `DATA_FILE`, `STATE_FILE` and `PORT` (default 3000).
 * @param folder of the example: without `DATA_FILE` the orders are in its `data/orders.json`, and without `STATE_FILE` Sallyport's state is in
 * `sallyport.db` beside them
 * @throws Error naming the variable that is missing or wrong
 */
export async function readConfig(env: Readonly<Record<string, string | undefined>>, folder: URL): Promise<Config> {
  const { ISSUER, AUDIENCE, JWKS_URI, DATA_FILE, STATE_FILE, PORT } = env
  const port = Number(PORT || 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT must be a number from 0 to 65535')
  const dataFile = DATA_FILE || fileURLToPath(new URL('data/orders.json', folder))
  const stateFile = STATE_FILE || join(dirname(dataFile), 'sallyport.db')
  const common = { dataFile, stateFile, port }

  if (ISSUER && AUDIENCE && JWKS_URI) return { issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI, ...common }
  // Half a configuration must not fall back on an issuer that gives a token to whoever starts it.
  if (ISSUER || AUDIENCE || JWKS_URI)
    throw new Error('ISSUER, AUDIENCE and JWKS_URI go together: set all three, or none')
  const embedded = await startEmbeddedIssuer()
  const { issuer, audience, jwksUri } = embedded
  return { issuer, audience, jwksUri, ...common, embedded }
}
