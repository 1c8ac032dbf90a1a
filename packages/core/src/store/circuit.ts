import type { Clock } from '../clock.ts'

/** So many calls missed one after the other, and no call is sent any more but one at a time. */
const OPENS_AFTER = 5

/** How long after a miss the next such call is sent, in milliseconds: short, so that service is back with the store. */
const TRY_EVERY = 100

/** The same where the store holds on to more calls than it may: each that is sent may be one more. */
const TRY_EVERY_FULL = 10_000

/** Why a call is not sent: the store is silent, or has more unanswered calls than it may have. */
export type NotSent = 'silent' | 'full'

/** One call that was sent. */
export type Passage = number

/**
 * Keeps calls from a store that does not answer. What was given up at its deadline is still held by the store's client; in an outage that
 * would be every request's call, and each request would wait for its deadline.
 *
 * Only silence counts. A store that says no, and be it to every write because it is full, answers: its other calls go through.
 *
 * It runs no timer: whether a try is due is found when somebody asks.
 */
export class Circuit {
  readonly #clock: Clock
  readonly #most: number
  #unanswered = 0
  #passages = 0
  #misses = 0
  #try: Passage | undefined
  #triedAt = -Infinity

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  /** Lets a call through, or says why it must not be sent. */
  enter(): Passage | NotSent {
    const full = this.#unanswered >= this.#most
    const passage = ++this.#passages
    if (full || this.#misses >= OPENS_AFTER) {
      if (this.#try !== undefined || !this.#isDue(full ? TRY_EVERY_FULL : TRY_EVERY)) return full ? 'full' : 'silent'
      this.#try = passage
      this.#triedAt = this.#clock.now()
    }
    this.#unanswered++
    return passage
  }

  /** The call has missed its deadline. It is still unanswered. */
  missed(passage: Passage): void {
    this.#misses++
    this.#triedAt = this.#clock.now()
    this.#leave(passage)
  }

  /** The call has come to an end in time. `telling`: whether the store took part in it. */
  answered(passage: Passage, telling: boolean): void {
    this.#unanswered--
    this.#leave(passage)
    if (telling) this.#misses = 0
    else this.#triedAt = -Infinity
  }

  /** A call that had missed its deadline has come to an end. Good news of a store that was frozen: it is tried at once. */
  answeredLate(good: boolean): void {
    this.#unanswered--
    if (good) this.#triedAt = -Infinity
  }

  #leave(passage: Passage): void {
    if (this.#try === passage) this.#try = undefined
  }

  #isDue(interval: number): boolean {
    const waited = this.#clock.now() - this.#triedAt
    // Negative: the machine's clock was set back.
    return waited >= interval || waited < 0
  }
}
