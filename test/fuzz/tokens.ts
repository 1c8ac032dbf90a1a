import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { ed25519Key } from '../conformance/vectors/rfc8037.ts'
import { hmacKey } from '../conformance/vectors/rfc7515.ts'

/** Published keys: the same input makes the same token in every run, so that a failure can be played again. */
const issuersKey = createPrivateKey({ key: ed25519Key as never, format: 'jwk' })
export const sharedSecret: Uint8Array = Buffer.from(hmacKey, 'base64url')
export const issuersJwk = { kty: 'OKP', crv: 'Ed25519', x: ed25519Key.x!, kid: 'k1', use: 'sig', alg: 'EdDSA' } as const

/** Where the clock of the fuzzed apps stands, in seconds since the Unix epoch. */
export const NOW = Date.UTC(2026, 0, 1) / 1000

export const ISSUER = 'https://id.test/'
export const SHARED_ISSUER = 'https://shared.test/'
export const AUDIENCE = 'orders-api'

/** A header and claims that are accepted as they are. */
export const goodHeader = { typ: 'at+jwt', alg: 'EdDSA', kid: 'k1' }
export const goodClaims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'alice',
  client_id: 'spa',
  jti: 'token-1',
  iat: NOW - 60,
  exp: NOW + 600,
  roles: ['clerk'],
}

const part = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64url')

/** Signs texts as they stand, whatever they are. */
export function signed(header: string | Uint8Array, payload: string | Uint8Array, key: KeyObject = issuersKey): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`
}

/** The same with an HMAC. */
export function authenticated(header: string, payload: string, secret: Uint8Array = sharedSecret): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** Of a clerk, who may do what is fuzzed. */
export const clerk: string = signed(JSON.stringify(goodHeader), JSON.stringify(goodClaims))
/** The same from the issuer that shares a secret. */
export const sharedClerk: string = authenticated(
  JSON.stringify({ typ: 'at+jwt', alg: 'HS256' }),
  JSON.stringify({ ...goodClaims, iss: SHARED_ISSUER }),
)
/** Valid, but of somebody without a role. */
export const guest: string = signed(JSON.stringify(goodHeader), JSON.stringify({ ...goodClaims, roles: [] }))

/** Every token that opens the fuzzed route. */
export const opening: ReadonlySet<string> = new Set([clerk, sharedClerk])

/** What an attacker signs with: a key of their own (RFC 8410, section 7, around bytes that count), and … */
export const attackersKey: KeyObject = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Uint8Array.from({ length: 32 }, (_, i) => i),
  ]),
  format: 'der',
  type: 'pkcs8',
})
/** … what everybody can read, taken for a secret. */
export const knownSecrets: readonly Uint8Array[] = [
  Buffer.from(issuersJwk.x, 'base64url'),
  Buffer.from(issuersJwk.x),
  Buffer.from(createPublicKey(issuersKey).export({ format: 'pem', type: 'spki' }) as string),
  Buffer.from(JSON.stringify(issuersJwk)),
  Buffer.alloc(32),
]
