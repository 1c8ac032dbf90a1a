import type { SignatureAlgorithm } from './algorithms.ts'
import type { VerificationKey } from './key.ts'

/** What a token says about its key. */
export interface WantedKey {
  readonly alg: SignatureAlgorithm
  readonly kid: string | undefined
}

/**
 * Whether keys are at hand: `ready`, `stale` (the key server does not answer, older keys are used for a bounded time),
 * `unavailable` (tokens get 503), `pending` (not fetched yet).
 */
export type KeyState = 'ready' | 'stale' | 'unavailable' | 'pending'

/** Where an issuer's keys come from. */
export interface KeySource {
  /**
   * The keys that may have signed a token. A promise only where they must be fetched first.
   * @throws Refusal ERR_JWT_KEY, ERR_JWT_ALGORITHM, ERR_JWT_KEYS_UNAVAILABLE
   */
  find(wanted: WantedKey): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /**
   * The keys that may have signed a token which names none, where those that were found have not: the issuer may have a new one.
   * @throws Refusal ERR_JWT_KEYS_UNAVAILABLE where nobody can say
   */
  findOthers(wanted: WantedKey, tried: readonly VerificationKey[]): Promise<readonly VerificationKey[]>
  /** Whether the keys that were found still count at this time; starts a refresh where one is due. */
  holds(now: number): boolean
  /** Starts a refresh where one is due, and tells how things stand. */
  state(now: number): KeyState
  /** How many keys there are. */
  readonly size: number
  /** Ends what is under way: nobody needs the keys any more. */
  close(): void
}
