/** How long keys are relied on, in milliseconds. */
export interface ScheduleLimits {
  /** Longest time that keys are fresh, whatever the server says. */
  readonly maxAge: number
  /** How long after that they are used on while the server does not answer. */
  readonly maxStale: number
  /** Least time between two requests for keys that were not known. */
  readonly coolDown: number
}

const LEAST_AGE = 60_000
const USUAL_AGE = 600_000
const FIRST_BACK_OFF = 1000
const LONGEST_BACK_OFF = 60_000

/** When keys are fetched, and how long they count. Pure bookkeeping: it fetches nothing. */
export class KeySchedule {
  readonly #limits: ScheduleLimits
  #attemptedAt = -Infinity
  #fetchedAt = Infinity
  #refreshAt = -Infinity
  #freshUntil = -Infinity
  #failures = 0
  #retryAt = -Infinity

  constructor(limits: ScheduleLimits) {
    this.#limits = limits
  }

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /**
   * How keys stand: `fresh`; `stale`, while attempts fail; `none`: nothing to go by until a fetch succeeds. Keys that ended because
   * nobody asked for a while are fetched anew before they are used: the server is not known to be down.
   */
  standing(now: number): 'fresh' | 'stale' | 'none' {
    // A clock that was set back would make keys last for ever.
    if (now < this.#fetchedAt) return 'none'
    if (now < this.#freshUntil) return 'fresh'
    return this.failing && now < this.#freshUntil + this.#limits.maxStale ? 'stale' : 'none'
  }

  /** Whether it is time to fetch: ahead of the end, so that nobody waits for it. */
  due(now: number): boolean {
    return now >= this.#refreshAt && this.mayTry(now)
  }

  /** Whether the back-off after failures is over. A clock that was set back must not make it last. */
  mayTry(now: number): boolean {
    return now >= this.#retryAt || now < this.#attemptedAt
  }

  /** Whether a key that is not known may be asked for: what attackers write into tokens must not become load on the server. */
  mayAsk(now: number): boolean {
    const { coolDown } = this.#limits
    return (now >= this.#attemptedAt + coolDown || now < this.#attemptedAt) && this.mayTry(now)
  }

  /** Whole seconds until the next attempt, at least one. */
  retryAfter(now: number): number {
    return Math.max(1, Math.ceil((this.#retryAt - now) / 1000))
  }

  began(now: number): void {
    this.#attemptedAt = now
  }

  /** @param freshFor seconds, as far as the server said */
  succeeded(now: number, freshFor: number | undefined): void {
    const wished = freshFor === undefined ? USUAL_AGE : Math.max(LEAST_AGE, freshFor * 1000)
    const life = Math.min(wished, this.#limits.maxAge)
    this.#failures = 0
    this.#retryAt = -Infinity
    this.#fetchedAt = now
    this.#refreshAt = now + life * 0.8
    this.#freshUntil = now + life
  }

  failed(now: number): void {
    const wait = Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** this.#failures)
    this.#failures++
    this.#retryAt = now + wait
  }
}
