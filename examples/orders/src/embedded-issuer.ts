import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { serve } from './serve.ts'

/** What a token shall say. */
export interface TokenRequest {
  readonly subject: string
  readonly roles: readonly string[]
  /** @default the issuer's audience */
  readonly audience?: string
  /** Seconds from now until the token ends; less than nothing makes one that has ended. @default 3600 */
  readonly lifetime?: number
  /** Signs with this key in place of the published one: a forgery. */
  readonly key?: CryptoKey
}

/** An issuer of access tokens in this process: real keys, real HTTP, no accounts. For examples and tests only. */
export interface EmbeddedIssuer {
  /** What stands in `iss`. */
  readonly issuer: string
  /** Who the tokens are for. */
  readonly audience: string
  /** Where the public key is. */
  readonly jwksUri: string
  /** Mints an access token (RFC 9068). */
  token(request: TokenRequest): Promise<string>
  /** Ends the key server. */
  close(): Promise<void>
}

const ALGORITHM = 'ES256'
const AUDIENCE = 'orders'
const KEY_ID = 'embedded-1'

/** Makes a key pair and serves its public half on 127.0.0.1. */
export async function startEmbeddedIssuer(port = 0): Promise<EmbeddedIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM)
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] })
  const serving = await serve((req, res) => {
    if (req.url === '/jwks.json') res.setHeader('content-type', 'application/jwk-set+json').end(jwks)
    else res.writeHead(404).end()
  }, port)

  return {
    issuer: serving.url,
    audience: AUDIENCE,
    jwksUri: `${serving.url}/jwks.json`,
    token({ subject, roles, audience = AUDIENCE, lifetime = 3600, key = privateKey }) {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({ roles, client_id: 'demo' })
        .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'at+jwt' })
        .setIssuer(serving.url)
        .setAudience(audience)
        .setSubject(subject)
        .setJti(crypto.randomUUID())
        .setIssuedAt(Math.min(now, now + lifetime))
        .setExpirationTime(now + lifetime)
        .sign(key)
    },
    close: () => serving.close(),
  }
}
