import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'

/** What keys are for: `ring` seals what is stored, `pii` makes hashes and tokens of personal data, `signing` signs access tokens. */
export type KeyKind = 'ring' | 'pii' | 'signing'

/** A key as it lies in a file: of a ring with `id`, of an issuer a private JWK with `kid`. */
export interface StoredKey {
  readonly id?: string
  readonly kid?: string
}

interface KindOfKey {
  /** Where the keys of the file go. */
  readonly usedBy: string
  /** What must be over before a key that is no longer used can go. */
  readonly keptWhile: string
}

export const keyKinds: Readonly<Record<KeyKind, KindOfKey>> = {
  ring: {
    usedBy: 'createKeyRing({ keys })',
    keptWhile: 'something is stored that it sealed: it could not be opened any more',
  },
  pii: { usedBy: 'piiRedactor({ keys })', keptWhile: 'tokens that it made are to be turned back' },
  signing: { usedBy: 'tokenIssuer({ privateKeys: keys })', keptWhile: 'tokens that it signed have not ended' },
}

export function isKeyKind(value: unknown): value is KeyKind {
  return typeof value === 'string' && Object.hasOwn(keyKinds, value)
}

/** The name of a key. */
export function nameOf(key: StoredKey): string {
  return key.kid ?? key.id ?? ''
}

/** Algorithms that tokens are signed with. */
export const algorithms: readonly string[] = ['ES256', 'RS256', 'EdDSA']

/** Draws a key. Its name tells the day; letters and digits, which all kinds take. */
export function drawKey(kind: KeyKind, algorithm: string, now: number): StoredKey {
  const name = `k${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}x${randomBytes(4).toString('hex')}`
  if (kind !== 'signing') return { id: name, key: randomBytes(32).toString('base64url') } as StoredKey
  return { ...drawPair(algorithm).export({ format: 'jwk' }), kid: name, alg: algorithm, use: 'sig' } as StoredKey
}

function drawPair(algorithm: string): KeyObject {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}
