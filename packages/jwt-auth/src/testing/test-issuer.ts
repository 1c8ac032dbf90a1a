import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '@sallyport/core'
import type { IntrospectionOptions } from '../introspection/options.ts'
import { createOpaqueTokens } from './opaque-tokens.ts'
import { makeTestKey, signWith, type TestAlgorithm, type TestKey, type TokenParts } from './test-key.ts'
import { startTestServer, type TestServer } from './test-server.ts'

/** A real issuer on this machine: real keys, a real key set over HTTP, and ways to make it fail. */
export interface TestIssuer {
  /** The `iss` of its tokens, and where its metadata are found. */
  readonly issuer: string
  readonly jwksUri: string
  /** What the option `introspection` needs to know. */
  readonly introspection: Pick<IntrospectionOptions, 'url' | 'clientId'> & { readonly clientSecret: string }
  /** Its server: `server.mode = 'down'` and the like make it fail. */
  readonly server: TestServer
  /** What the key set publishes. */
  readonly published: TestKey[]
  /** The key that signs: the newest, unless a test says otherwise. */
  signer: TestKey
  /** Requests for the key set so far. */
  readonly fetches: number
  /** Requests about opaque tokens so far. */
  readonly introspections: number
  /** An access token as RFC 9068 has it: for subject `alice`, ten minutes long, signed by `signer`. */
  token(parts?: TokenParts): Promise<string>
  /** A token that only the issuer can read, with such claims: for subject `alice`, ten minutes long. */
  opaqueToken(claims?: Readonly<Record<string, unknown>>): string
  /** From now on an opaque token is not active. */
  revoke(token: string): void
  /** Signs with a new key from now on; the old one stays published. */
  rotate(): TestKey
  /** Takes a key out of the key set. */
  withdraw(key: TestKey): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of `startTestIssuer`. */
export interface TestIssuerOptions {
  /** Of its keys. @default 'ES256' */
  readonly alg?: TestAlgorithm
  /** By which its tokens are dated: that of the app's environment. @default the machine's clock */
  readonly clock?: Clock
  /** Whom its tokens are for. @default 'orders-api' */
  readonly audience?: string
}

/** Starts an issuer on a free port of 127.0.0.1. */
export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { alg = 'ES256', clock = systemClock, audience = 'orders-api' } = options
  const published = [makeTestKey(alg)]
  const strangers = new Map<string, TestKey>()
  const keySet = (of: (key: TestKey) => TestKey = (key) => key): object => ({
    keys: published.map((key) => of(key).jwk),
  })
  const stranger = ({ kid }: TestKey): TestKey => {
    const known = strangers.get(kid) ?? makeTestKey(alg, kid)
    strangers.set(kid, known)
    return known
  }
  const server = await startTestServer((path) => (path === '/jwks' ? keySet(stranger) : undefined))
  const { origin, documents, requests } = server
  const issuer = `${origin}/`
  const jwksUri = `${origin}/jwks`
  const introspection = { url: `${origin}/introspect`, clientId: audience, clientSecret: randomUUID() }
  const claimsFor = (): Record<string, unknown> => accessClaims(issuer, audience, clock)
  const opaque = createOpaqueTokens({ claimsFor, clock, ...introspection })
  documents.set('/jwks', () => keySet())
  documents.set('/introspect', opaque.introspect)
  documents.set('/.well-known/openid-configuration', () => ({
    issuer,
    jwks_uri: jwksUri,
    introspection_endpoint: introspection.url,
  }))
  const countOf = (path: string): number => requests.filter((one) => one === path).length

  const own: TestIssuer = {
    issuer,
    jwksUri,
    introspection,
    server,
    published,
    signer: published[0]!,
    get fetches() {
      return countOf('/jwks')
    },
    get introspections() {
      return countOf('/introspect')
    },
    token: ({ claims = {}, header = {} } = {}) => signWith(own.signer, { ...claimsFor(), ...claims }, header),
    opaqueToken: opaque.issue,
    revoke: opaque.revoke,
    rotate() {
      own.signer = makeTestKey(alg)
      published.push(own.signer)
      return own.signer
    },
    withdraw(key) {
      published.splice(published.indexOf(key), 1)
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  }
  return own
}

/** The claims that RFC 9068 requires. */
export function accessClaims(iss: string, aud: string, clock: Clock = systemClock): Record<string, unknown> {
  const now = Math.floor(clock.now() / 1000)
  return { iss, aud, sub: 'alice', client_id: 'spa', jti: randomUUID(), iat: now, exp: now + 600 }
}
