import { isPromise, type Cancel, type Environment } from '@sallyport/core'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { limitsError } from './errors.ts'
import type { FailureMode, LimiterFactory, LimiterSpec, RateLimiter } from './options.ts'

/** What was counted. */
export interface Count {
  readonly exceeded: boolean
  readonly remaining: number
  /** Milliseconds until there is more. */
  readonly wait: number
}

/** How often a limiter that failed is asked whether it is back, in milliseconds. No request waits for that. */
const PROBE = 1000

/**
 * Counts with a limiter, and without it while it cannot be asked. A limiter that has failed is not asked by requests until it has
 * answered a question of our own: whoever comes meanwhile is answered at once.
 */
export class Counter {
  readonly #environment: Environment
  readonly #limiter: RateLimiter
  readonly #memory: RateLimiter
  readonly #part: string
  readonly #mode: FailureMode
  readonly #deadline: number
  #down = false

  constructor(
    environment: Environment,
    spec: LimiterSpec,
    make: LimiterFactory | undefined,
    { mode, deadline, name }: { readonly mode: FailureMode; readonly deadline: number; readonly name: string },
  ) {
    this.#environment = environment
    this.#memory = new RateLimiterMemory({ ...spec })
    this.#limiter = make?.(spec) ?? this.#memory
    this.#mode = mode
    this.#deadline = deadline
    this.#part = `limits.${name}`
  }

  /**
   * Counts a request; nothing where nobody is limited for now.
   * @throws SecurityError ERR_LIMITS_UNAVAILABLE (503)
   */
  async count(key: string, cost: number): Promise<Count | undefined> {
    if (this.#down) return this.#without(key, cost)
    try {
      return await this.#ask(key, cost)
    } catch {
      this.#fail()
      return this.#without(key, cost)
    }
  }

  async #ask(key: string, cost: number): Promise<Count> {
    if (this.#limiter === this.#memory) return outcome(this.#memory.consume(key, cost))
    let cancel: Cancel = () => undefined
    const late = new Promise<never>((_, reject) => {
      cancel = this.#environment.clock.after(this.#deadline, () =>
        reject(new Error('The limiter did not answer in time')),
      )
    })
    try {
      return await Promise.race([outcome(this.#limiter.consume(key, cost)), late])
    } finally {
      cancel()
    }
  }

  #without(key: string, cost: number): Promise<Count> | undefined {
    if (this.#mode === 'closed') throw limitsError('ERR_LIMITS_UNAVAILABLE')
    return this.#mode === 'open' ? undefined : outcome(this.#memory.consume(key, cost))
  }

  #fail(): void {
    if (this.#down) return
    this.#down = true
    this.#tell(false)
    this.#probeLater()
  }

  #probeLater(): void {
    if (this.#environment.closed) return
    this.#environment.clock.after(PROBE, () => {
      this.#ask('probe', 1).then(
        () => {
          this.#down = false
          this.#tell(true)
        },
        () => this.#probeLater(),
      )
    })
  }

  #tell(healthy: boolean): void {
    const detail = healthy
      ? 'Requests are counted together again'
      : `The limiter cannot be asked; meanwhile: ${this.#mode}`
    const wait = this.#environment.publish('health.changed', { part: this.#part, healthy, detail })
    if (isPromise(wait)) wait.catch(() => undefined)
  }
}

interface Consumed {
  readonly remainingPoints: number
  readonly msBeforeNext: number
}

/** rate-limiter-flexible rejects with the same object where there are no points left. */
async function outcome(consuming: Promise<Consumed>): Promise<Count> {
  try {
    const { remainingPoints, msBeforeNext } = await consuming
    return { exceeded: false, remaining: Math.max(0, remainingPoints), wait: msBeforeNext }
  } catch (thrown) {
    const { msBeforeNext } = Object(thrown) as Partial<Consumed>
    if (thrown instanceof Error || typeof msBeforeNext !== 'number') throw thrown
    return { exceeded: true, remaining: 0, wait: msBeforeNext }
  }
}
