import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '@sallyport/core'
import { startKeyServer, type KeyServer } from './key-server.ts'
import { makeKey, signWith, type SigningKey, type TestAlgorithm, type TokenParts } from './signing-key.ts'

/** A real issuer on this machine: real keys, a real key set over HTTP, and ways to make it fail. */
export interface TestIssuer {
  /** The `iss` of its tokens, and where its metadata is. */
  readonly issuer: string
  readonly jwksUri: string
  readonly server: KeyServer
  /** What the key set publishes. */
  readonly published: SigningKey[]
  /** The key that signs: the newest, unless a test says otherwise. */
  signer: SigningKey
  /** Requests to the key set so far. */
  readonly fetches: number
  /** An access token as RFC 9068 has it, for `audience`. */
  token(parts?: TokenParts): Promise<string>
  /** Signs with a new key from now on; the old one stays published. */
  rotate(): SigningKey
  /** Takes a key out of the key set. */
  withdraw(key: SigningKey): void
  close(): Promise<void>
}

export interface TestIssuerOptions {
  readonly alg?: TestAlgorithm
  readonly clock?: Clock
  /** @default 'orders-api' */
  readonly audience?: string
}

export async function startIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { alg = 'ES256', clock = systemClock, audience = 'orders-api' } = options
  const server = await startKeyServer()
  const issuer = `${server.origin}/`
  const jwksUri = `${server.origin}/jwks`
  const published = [makeKey(alg)]
  server.documents.set('/jwks', () => ({ keys: published.map((key) => key.jwk) }))
  server.documents.set('/.well-known/openid-configuration', () => ({ issuer, jwks_uri: jwksUri }))

  const test: TestIssuer = {
    issuer,
    jwksUri,
    server,
    published,
    signer: published[0]!,
    get fetches() {
      return server.requests.filter((path) => path === '/jwks').length
    },
    token: ({ claims = {}, header = {} } = {}) =>
      signWith(test.signer, { ...accessToken(issuer, audience, clock), ...claims }, header),
    rotate() {
      test.signer = makeKey(alg)
      published.push(test.signer)
      return test.signer
    },
    withdraw(key) {
      published.splice(published.indexOf(key), 1)
    },
    close: () => server.close(),
  }
  return test
}

/** The claims that RFC 9068 requires. */
export function accessToken(iss: string, aud: string, clock: Clock = systemClock): Record<string, unknown> {
  const now = Math.floor(clock.now() / 1000)
  return { iss, aud, sub: 'alice', client_id: 'spa', jti: randomUUID(), iat: now, exp: now + 600 }
}
