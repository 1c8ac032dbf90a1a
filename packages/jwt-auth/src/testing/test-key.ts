import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  X509Certificate,
  type KeyObject,
  type SigningOptions,
} from 'node:crypto'
import type { JWK } from 'jose'
import { digestOf } from '../mtls/formats.ts'

/** An algorithm of test keys. */
export type TestAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'

/** A real key pair. */
export interface TestKey {
  readonly kid: string
  readonly alg: TestAlgorithm
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  /** The public key, as it stands in a key set. */
  readonly jwk: JWK
  /** The public key (SPKI) in PEM. */
  readonly pem: string
}

/** Makes a key pair. RSA takes some 100 ms: share it where a test does not need its own. */
export function makeTestKey(alg: TestAlgorithm = 'ES256', kid: string = randomUUID()): TestKey {
  const privateKey = privateKeyFor(alg)
  const publicKey = createPublicKey(privateKey)
  const jwk: JWK = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } as JWK
  return { kid, alg, publicKey, privateKey, jwk, pem: publicKey.export({ format: 'pem', type: 'spki' }) as string }
}

function privateKeyFor(alg: TestAlgorithm): KeyObject {
  switch (alg) {
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey
  }
}

/** Claims and header of a token; `undefined` leaves a member out. */
export interface TokenParts {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/**
 * Signs what it is told to, also what no library would let out: that is how a test sees it refused. `undefined` leaves a member out.
 */
export function signWith(key: TestKey, claims: object, header: object = {}): Promise<string> {
  const protectedHeader = { typ: 'at+jwt', alg: key.alg, kid: key.kid, ...header }
  const input = `${encoded(protectedHeader)}.${encoded(claims)}`
  const { hash, ...how } = signing[key.alg]
  const signature = sign(hash, Buffer.from(input), { key: key.privateKey, ...how })
  return Promise.resolve(`${input}.${signature.toString('base64url')}`)
}

/** RFC 7518, section 3, and RFC 8037. */
const signing: Readonly<Record<TestAlgorithm, { readonly hash: string | null } & SigningOptions>> = {
  RS256: { hash: 'sha256' },
  PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  ES512: { hash: 'sha512', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: null },
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** What a token holds that is bound to a client's certificate (RFC 8705): `cnf: { 'x5t#S256': certificateThumbprint(pem) }`. */
export function certificateThumbprint(pem: string): string {
  return digestOf(new X509Certificate(pem).raw)
}
