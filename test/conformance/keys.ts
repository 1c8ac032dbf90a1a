import type { JSONWebKeySet, JWK } from 'jose'

/** The key set that an issuer with these keys publishes: no private half. */
export function published(...keys: readonly JWK[]): JSONWebKeySet {
  return { keys: keys.map(({ kty, kid, use, crv, n, e, x, y }) => given({ kty, kid, use, crv, n, e, x, y })) }
}

function given(members: object): JWK {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JWK
}

export function bytesOf(base64url: string): Uint8Array {
  return Buffer.from(base64url, 'base64url')
}

/** The same token with one bit of a byte of its signature turned over. */
export function withOtherSignature(token: string, byte: number): string {
  const [header, payload, signature] = token.split('.')
  const bytes = bytesOf(signature!)
  bytes[byte]! ^= 1 << (byte % 8)
  return `${header}.${payload}.${Buffer.from(bytes).toString('base64url')}`
}

/** The same token with another letter in its claims. */
export function withOtherClaims(token: string, from: string, to: string): string {
  const [header, payload, signature] = token.split('.')
  const claims = Buffer.from(payload!, 'base64url').toString()
  return `${header}.${Buffer.from(claims.replace(from, to)).toString('base64url')}.${signature}`
}
