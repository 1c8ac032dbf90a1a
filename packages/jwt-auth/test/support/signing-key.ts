import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { SignJWT, type JWK, type JWTPayload } from 'jose'

export type TestAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'

/** A key pair of a test issuer. */
export interface SigningKey {
  readonly kid: string
  readonly alg: TestAlgorithm
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  /** As it stands in a key set. */
  readonly jwk: JWK
  readonly pem: string
}

/** Makes a real key pair. RSA takes some 100 ms: share it where a test does not need its own. */
export function makeKey(alg: TestAlgorithm = 'ES256', kid: string = randomUUID()): SigningKey {
  const { publicKey, privateKey } = pairFor(alg)
  const jwk: JWK = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } as JWK
  return { kid, alg, publicKey, privateKey, jwk, pem: publicKey.export({ format: 'pem', type: 'spki' }) as string }
}

function pairFor(alg: TestAlgorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  switch (alg) {
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
  }
}

/** Claims and header of a token; `undefined` leaves a member out. */
export interface TokenParts {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** Signs what it is told to, as a real issuer would. */
export function signWith(key: SigningKey, claims: object, header: object = {}): Promise<string> {
  return new SignJWT(compact(claims) as JWTPayload)
    .setProtectedHeader({ ...compact({ typ: 'at+jwt', kid: key.kid, ...header }), alg: key.alg })
    .sign(key.privateKey)
}

function compact(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
