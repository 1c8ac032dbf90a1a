import { hash, type KeyObject } from 'node:crypto'

/** What makes a key, in the order of RFC 7638, section 3.2, and RFC 8037, section 2. */
const members = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] } as const

/** The members of a public key's JWK that its thumbprint is made of, in their one spelling. */
function essenceOf(key: KeyObject): Readonly<Record<string, unknown>> {
  const jwk = key.export({ format: 'jwk' })
  return Object.fromEntries(members[jwk.kty as keyof typeof members].map((name) => [name, jwk[name]]))
}

/** The SHA-256 thumbprint of a public key (RFC 7638). */
export function thumbprintOf(key: KeyObject): string {
  return hash('sha256', JSON.stringify(essenceOf(key)), 'base64url')
}

/** Whether a JWK is spelt as its key is: a number can be written in several ways, of which others make other thumbprints. */
export function isWellSpelt(jwk: unknown, key: KeyObject): boolean {
  const given = Object(jwk) as Readonly<Record<string, unknown>>
  return Object.entries(essenceOf(key)).every(([name, value]) => given[name] === value)
}
