import { FetchFailure, type Fetched } from './fetch-json.ts'
import { isKeyUrl, isLoopback, metadataUrls } from './url.ts'

/** Fetches a document. */
export type Get = (url: string) => Promise<Fetched>

/**
 * Finds out where an issuer publishes its keys: OpenID Connect Discovery, else RFC 8414. Only the URL in the
 * configuration is asked; nothing of a token gets here.
 * @throws FetchFailure
 */
export async function discoverJwksUri(issuer: string, discoveryUrl: string | undefined, get: Get): Promise<string> {
  const [first, second] = discoveryUrl === undefined ? metadataUrls(issuer) : [discoveryUrl]
  try {
    return await read(first!)
  } catch (thrown) {
    const absent = thrown instanceof FetchFailure && (thrown.status === 404 || thrown.status === 410)
    if (second === undefined || !absent) throw thrown
  }
  return read(second)

  async function read(url: string): Promise<string> {
    const { document } = await get(url)
    const metadata = Object(document) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
    // RFC 8414, section 3.3: or one issuer's server could speak for another issuer.
    if (metadata.issuer !== issuer) throw new FetchFailure('is the metadata of another issuer')
    const { jwks_uri: uri } = metadata
    if (typeof uri !== 'string' || !isKeyUrl(uri)) throw new FetchFailure('names no usable `jwks_uri`')
    // What is not on this machine has no business to point at what is.
    if (isLoopback(new URL(uri)) && !isLoopback(new URL(url)))
      throw new FetchFailure('names a `jwks_uri` on this machine')
    return uri
  }
}
