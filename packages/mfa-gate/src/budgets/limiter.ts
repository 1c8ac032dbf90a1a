import type { Environment } from '@sallyport/core'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { mfaError } from '../errors.ts'
import { inTime } from '../in-time.ts'

/** A limiter of rate-limiter-flexible, whichever: what is used of it. */
export interface RateLimiter {
  /** Rejects with what has a number `msBeforeNext` where there are no points left, with an Error where it cannot tell. */
  consume(key: string, points?: number): Promise<unknown>
  reward(key: string, points?: number): Promise<unknown>
}

/** What a limiter is made with: to be spread into the options of rate-limiter-flexible. */
export interface LimiterSpec {
  readonly keyPrefix: string
  readonly points: number
  /** Seconds. */
  readonly duration: number
}

/** Makes a limiter, such as `(spec) => new RateLimiterRedis({ storeClient: redis, ...spec })`. */
export type LimiterFactory = (spec: LimiterSpec) => RateLimiter

/** By the memory of this process. */
export const inMemory: LimiterFactory = (spec) => new RateLimiterMemory({ ...spec })

/** Time for one call to a limiter, in milliseconds. */
const DEADLINE = 500

/** A limiter that answers in time, and says no where it does not. */
export class Limiter {
  readonly #limiter: RateLimiter
  readonly #environment: Environment

  constructor(environment: Environment, make: LimiterFactory, spec: LimiterSpec) {
    this.#environment = environment
    this.#limiter = make(spec)
  }

  /**
   * Takes a point.
   * @throws SecurityError ERR_MFA_THROTTLED (429), ERR_MFA_LIMITER (503)
   */
  async take(key: string): Promise<void> {
    try {
      await inTime(this.#environment.clock, DEADLINE, () => this.#limiter.consume(key, 1))
    } catch (thrown) {
      const { msBeforeNext } = Object(thrown) as { msBeforeNext?: unknown }
      if (typeof msBeforeNext === 'number') throw throttled(msBeforeNext)
      throw mfaError('ERR_MFA_LIMITER')
    }
  }

  /** Gives a point back. That it is not given back harms nobody but who asked. */
  async giveBack(key: string): Promise<void> {
    await inTime(this.#environment.clock, DEADLINE, () => this.#limiter.reward(key, 1)).catch(() => undefined)
  }
}

/** The refusal of one attempt too many. @param wait milliseconds */
export function throttled(wait: number): Error {
  return mfaError('ERR_MFA_THROTTLED', { headers: { 'retry-after': String(Math.max(1, Math.ceil(wait / 1000))) } })
}
