import { Refusal } from '../errors.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { judgeJwk, type VerificationKey } from './key.ts'
import type { WantedKey } from './source.ts'

/** How many keys of a document are read. Real key sets have a handful; judging a key costs time. */
const MOST_KEYS = 100

/** How many keys are tried for a token that names none: each costs a check of a signature. */
const MOST_CANDIDATES = 4

/** Keys of one issuer at one time. */
export class KeySet {
  readonly keys: readonly VerificationKey[]

  constructor(keys: readonly VerificationKey[]) {
    this.keys = keys
  }

  /**
   * The keys that may have signed a token; none when its key is not in the set.
   * @throws Refusal ERR_JWT_ALGORITHM where the key is here, but not for that algorithm
   */
  select({ alg, kid }: WantedKey): readonly VerificationKey[] {
    const named = kid === undefined ? this.keys : this.keys.filter((key) => key.kid === kid)
    const fitting = named.filter((key) => key.algorithms.includes(alg)).slice(0, MOST_CANDIDATES)
    if (fitting.length === 0 && named.length > 0)
      throw new Refusal('ERR_JWT_ALGORITHM', 'the key is for another algorithm')
    return fitting
  }

  /** Takes over from an older set: a key of both stays the same object, one that has left is dead for whoever remembers it. */
  succeed(older: KeySet | undefined): KeySet {
    if (!older) return this
    const before = new Map(older.keys.map((key) => [key.identity, key]))
    const merged = new KeySet(this.keys.map((key) => before.get(key.identity) ?? key))
    const kept = new Set(merged.keys)
    for (const key of older.keys) if (!kept.has(key)) key.live = false
    return merged
  }
}

/** What a document said: the keys that can be used, and why others cannot. */
export interface ReadKeySet {
  readonly set: KeySet
  readonly flaws: readonly string[]
}

/** Reads a JSON Web Key Set (RFC 7517, section 5); nothing where it is none. Unusable keys are left out, as the RFC says. */
export function readKeySet(document: unknown, allowed?: readonly SignatureAlgorithm[]): ReadKeySet | undefined {
  const entries: unknown = (document as { keys?: unknown } | null | undefined)?.keys
  if (!Array.isArray(entries)) return undefined
  const judged = entries.slice(0, MOST_KEYS).map((entry) => judgeJwk(entry, allowed))
  const keys = judged.flatMap((one) => ('key' in one ? [one.key] : []))
  const flaws = judged.flatMap((one) => ('flaw' in one ? [one.flaw] : []))
  if (entries.length > MOST_KEYS) flaws.push(`more than ${MOST_KEYS} keys`)
  return { set: new KeySet(keys), flaws }
}
