/** A signature algorithm of RFC 7518, RFC 8037 or RFC 9864. There is no `none`. */
export type SignatureAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'
  | 'HS256'
  | 'HS384'
  | 'HS512'

/** A kind of key, as `node:crypto` names it. */
type KeyKind = 'rsa' | 'prime256v1' | 'secp384r1' | 'secp521r1' | 'ed25519' | 'secret'

/** The algorithms that each kind of key can be used with. */
const byKind: Readonly<Record<KeyKind, readonly SignatureAlgorithm[]>> = {
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
  secret: ['HS256', 'HS384', 'HS512'],
}

/** All algorithms that can be accepted. */
export const signatureAlgorithms: readonly SignatureAlgorithm[] = Object.values(byKind).flat()

/** Those of them that go with a public key. */
export const asymmetricAlgorithms: readonly SignatureAlgorithm[] = signatureAlgorithms.filter(
  (one) => !one.startsWith('HS'),
)

/** The algorithms that a kind of key can be used with; none for a kind that is not known. */
export function algorithmsOf(kind: string): readonly SignatureAlgorithm[] {
  return Object.hasOwn(byKind, kind) ? byKind[kind as KeyKind] : []
}

/** Least length of the secret of an HMAC, in bytes: that of the hash (RFC 7518, section 3.2). */
export function leastSecretBytes(algorithm: SignatureAlgorithm): number {
  return Number(algorithm.slice(2)) / 8
}
