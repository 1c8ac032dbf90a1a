import type { AccountId, Environment } from '@sallyport/core'
import { partitionOf } from '../account.ts'
import { throttled } from './limiter.ts'

/** What an account may be guessed at, in guesses of one in a million. */
export interface GuessBudget {
  /** Length of a window, in seconds. */
  readonly window: number
  /** For whoever has got as far as the second factor. */
  readonly points: number
  /** Beside them, for who is known already: a trusted device, a login with a second factor. */
  readonly reserve: number
}

const YEAR = 365 * 86_400

/**
 * The chance that an attacker who uses up every budget of one account for a year gets in, for guesses of one in a million each. Windows are
 * at fixed times, so a year can touch one more than it has room for.
 */
export function yearlyRisk({ window, points, reserve }: GuessBudget): number {
  const windows = Math.ceil(YEAR / window) + 1
  return 1 - (1 - 1e-6) ** (windows * (points + reserve))
}

/** The accepted risk of one account in a year. */
export const MOST_YEARLY_RISK = 0.001

/**
 * Counts guesses at an account. In the store and not in a limiter: it must outlast restarts and hold for all nodes together, and windows of
 * weeks are longer than timers are.
 */
export class Guesses {
  readonly #environment: Environment
  readonly #budget: GuessBudget

  constructor(environment: Environment, budget: GuessBudget) {
    this.#environment = environment
    this.#budget = budget
  }

  /**
   * Pays for an attempt, before it is judged.
   * @param cost how many of a million guesses would be right
   * @returns gives it back, for an attempt that was right
   * @throws SecurityError ERR_MFA_THROTTLED (429), ERR_STORE_UNAVAILABLE (503)
   */
  async pay(account: AccountId, cost: number, known: boolean): Promise<() => Promise<void>> {
    const whole = Math.ceil(cost)
    if (whole === 0) return () => Promise.resolve()
    const { points, reserve, window } = this.#budget
    const refund =
      (await this.#take(account, 'guesses', whole, points)) ??
      (known ? await this.#take(account, 'reserve', whole, reserve) : undefined)
    if (refund !== undefined) return refund
    const length = window * 1000
    throw throttled(length - (this.#environment.clock.now() % length))
  }

  async #take(
    account: AccountId,
    name: string,
    cost: number,
    most: number,
  ): Promise<(() => Promise<void>) | undefined> {
    const { store, clock } = this.#environment
    const length = this.#budget.window * 1000
    const key = { partition: partitionOf(account), id: `${name}.${Math.floor(clock.now() / length)}` }
    const add = (by: number): Promise<number> => store.increment(key, by, { ttl: length + 60_000 })
    const spent = await add(cost)
    const refund = async (): Promise<void> => void (await add(-cost))
    if (spent <= most) return refund
    await refund()
    return undefined
  }
}
