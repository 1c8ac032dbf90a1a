import { createPublicKey, X509Certificate, type JsonWebKey, type KeyObject, type webcrypto } from 'node:crypto'
import { algorithmsOf, type SignatureAlgorithm } from './algorithms.ts'
import type { JWK } from 'jose'
import { importOnce } from './import-once.ts'
import { rsaWeakness } from './rsa.ts'

/** What `jose` takes as a key. */
export type KeyMaterial = KeyObject | webcrypto.CryptoKey

/** A key that signatures are checked with. */
export interface VerificationKey {
  readonly kid: string | undefined
  /** What it may be used with. */
  readonly algorithms: readonly SignatureAlgorithm[]
  material(algorithm: SignatureAlgorithm): KeyMaterial | Promise<KeyMaterial>
  /** Tells one key from another: two with the same words are the same key for the same use. */
  readonly identity: string
  /** False once the key has left its key set. Whoever remembers the key looks here. */
  live: boolean
}

/** One that everybody may know. */
export interface PublicKey extends VerificationKey {
  readonly object: KeyObject
}

/** What limits the use of a key. */
export interface KeyUse {
  readonly kid?: string | undefined
  /** The key's own word on its algorithm. */
  readonly alg?: string | undefined
  /** What the app accepts. @default every algorithm that fits the key */
  readonly allowed?: readonly SignatureAlgorithm[] | undefined
}

/** A key, or what is wrong with it in words that hold nothing of it. */
export type Judged = { readonly key: PublicKey } | { readonly flaw: string }

/** Judges a public key. */
export function judgePublicKey(object: KeyObject, use: KeyUse): Judged {
  const kind = object.asymmetricKeyDetails?.namedCurve ?? object.asymmetricKeyType ?? ''
  const fitting = algorithmsOf(kind)
  if (fitting.length === 0) return { flaw: 'a key of a kind that is not supported' }
  if (kind === 'rsa') {
    const weakness = rsaWeakness(object)
    if (weakness !== undefined) return { flaw: `an RSA key that is too weak: ${weakness}` }
  }
  const { kid, alg, allowed } = use
  const algorithms = fitting.filter((one) => (alg === undefined || one === alg) && (!allowed || allowed.includes(one)))
  if (algorithms.length === 0) return { flaw: 'a key that fits none of the accepted algorithms' }
  const spki = object.export({ format: 'der', type: 'spki' }).toString('base64')
  const identity = JSON.stringify([kid, algorithms, spki])
  const material = importOnce(async (algorithm) => {
    const { importJWK } = await import('jose/key/import')
    return (await importJWK(object.export({ format: 'jwk' }) as JWK, algorithm)) as webcrypto.CryptoKey
  })
  return { key: { kid, algorithms, identity, live: true, object, material } }
}

/** Judges a key of a JSON Web Key Set (RFC 7517). */
export function judgeJwk(jwk: unknown, allowed?: readonly SignatureAlgorithm[]): Judged {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return { flaw: 'no JSON object' }
  const { kty, n, e, crv, x, y, kid, alg, use, key_ops: operations } = jwk as Readonly<Record<string, unknown>>
  // A symmetric key in a key set is either published or a sign of confusion.
  if (kty === 'oct') return { flaw: 'a symmetric key' }
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((name) => Object.hasOwn(jwk, name))) return { flaw: 'a private key' }
  if (use !== undefined && use !== 'sig') return { flaw: 'a key that is not for signatures' }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return { flaw: 'a key that is not for checking signatures' }
  }
  if ((kid !== undefined && typeof kid !== 'string') || (alg !== undefined && typeof alg !== 'string')) {
    return { flaw: '`kid` or `alg` that is no string' }
  }
  let material: KeyObject
  try {
    material = createPublicKey({ key: { kty, n, e, crv, x, y } as JsonWebKey, format: 'jwk' })
  } catch {
    return { flaw: 'a key that cannot be read' }
  }
  return judgePublicKey(material, { kid, alg, allowed })
}

/** Judges a public key, or the one in an X.509 certificate, in PEM. The certificate's dates and issuer are not looked at. */
export function judgePem(pem: string, allowed?: readonly SignatureAlgorithm[]): Judged {
  // Node would derive the public key; a private key has no place in a service that only checks.
  if (pem.includes('PRIVATE KEY-----')) return { flaw: 'a private key' }
  let material: KeyObject
  try {
    material = pem.includes('-----BEGIN CERTIFICATE-----') ? new X509Certificate(pem).publicKey : createPublicKey(pem)
  } catch {
    return { flaw: 'no public key in PEM' }
  }
  return judgePublicKey(material, { allowed })
}
