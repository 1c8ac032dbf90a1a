import type { JsonWebKey } from 'node:crypto'
import type { KeyRing } from '@sallyport/core'
import { issuerError } from '../errors.ts'
import { nameKey, privateKeyOf, type NamedKey } from './make-key.ts'
import type { Turn } from './schedule.ts'

/** A key with its turn. */
export type TurnKey = NamedKey & Turn

/** How a key set is kept from readers and writers of the store. */
export interface Keeping {
  readonly issuer: string
  /** Seals the record as a whole, so that nobody who can write to the store can put in a key, or take one out. */
  readonly keyRing: KeyRing | undefined
  /** Whether a record that is not sealed counts. */
  readonly plainAccepted: boolean
}

interface Kept extends Turn {
  readonly jwk: JsonWebKey
}

const FORM = 1

/** Writes a key set. */
export async function encodeKeys(keys: readonly TurnKey[], { issuer, keyRing }: Keeping): Promise<Uint8Array> {
  const kept = keys.map(({ kid, alg, signsFrom, keptUntil, signs }): Kept => {
    return { kid, alg, signsFrom, keptUntil, jwk: signs.export({ format: 'jwk' }) }
  })
  const bytes = Buffer.from(JSON.stringify({ v: FORM, keys: kept }))
  return keyRing === undefined ? bytes : keyRing.seal(contextOf(issuer), bytes)
}

/**
 * Reads a key set.
 * @throws SecurityError ERR_ISSUER_KEYS (503): another one is never begun in its place, because the tokens that it signed would fall
 */
export async function decodeKeys(bytes: Uint8Array, keeping: Keeping): Promise<readonly TurnKey[]> {
  try {
    const { v, keys } = JSON.parse(await opened(bytes, keeping)) as {
      readonly v: unknown
      readonly keys: readonly Kept[]
    }
    if (v !== FORM) throw new TypeError('Written by a later version')
    return keys.map(({ kid, alg, signsFrom, keptUntil, jwk }) => {
      return { ...nameKey(alg as NamedKey['alg'], privateKeyOf(jwk), kid), signsFrom, keptUntil }
    })
  } catch {
    throw issuerError('ERR_ISSUER_KEYS', {
      message: `The signing keys of ${keeping.issuer} are in the store and cannot be opened; give the key ring that sealed them`,
    })
  }
}

async function opened(bytes: Uint8Array, { issuer, keyRing, plainAccepted }: Keeping): Promise<string> {
  if (keyRing === undefined) return Buffer.from(bytes).toString()
  try {
    return Buffer.from(await keyRing.open(contextOf(issuer), bytes)).toString()
  } catch (thrown) {
    if (!plainAccepted) throw thrown
    return Buffer.from(bytes).toString()
  }
}

function contextOf(issuer: string): readonly string[] {
  return ['jwt-auth.signing-keys', issuer]
}
