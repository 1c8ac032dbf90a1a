import {
  accept,
  addressKey,
  checkOptions,
  coreError,
  acceptNumber,
  type AccountId,
  type Environment,
  type Exchange,
  type OptionRules,
} from '@sallyport/core'
import { accountTag, partitionOf } from '../account.ts'
import { durationRule, secondsOf, type Duration } from '../duration.ts'
import { mfaError } from '../errors.ts'
import { Guesses, MOST_YEARLY_RISK, yearlyRisk } from './guesses.ts'
import { inMemory, Limiter, type LimiterFactory } from './limiter.ts'

/** Options of `budgets`: how often what may be tried. */
export interface BudgetOptions {
  /**
   * Makes the limiters of addresses and of what is sent, such as `(spec) => new RateLimiterRedis({ storeClient: redis, ...spec })`.
   * @default RateLimiterMemory: each process counts for itself
   */
  readonly limiter?: LimiterFactory
  /** Answers to one challenge. @default 5 */
  readonly perChallenge?: number
  /** Failures of one address in an hour, at whichever accounts. @default 50 */
  readonly perAddress?: number
  /** Guesses of one in a million at one account in each window. @default 12 */
  readonly perAccount?: number
  /** As many more for a trusted device and for a login with a second factor, which a stranger cannot use up. @default 6 */
  readonly reserve?: number
  /** Length of the window of `perAccount` and `reserve`. @default '7d' */
  readonly window?: Duration
  /** Codes and pushes sent to one account in 15 minutes. @default 4 */
  readonly sends?: number
  /** Passwords tried for one account in 15 minutes, by whoever is logged in. @default 10 */
  readonly passwords?: number
}

const rules: OptionRules<BudgetOptions> = {
  limiter: accept.function,
  perChallenge: acceptNumber('answers', 1, 20),
  perAddress: acceptNumber('failures', 1, 10_000),
  perAccount: acceptNumber('guesses', 1, 1000),
  reserve: acceptNumber('guesses', 0, 1000),
  window: durationRule,
  sends: acceptNumber('messages', 1, 100),
  passwords: acceptNumber('passwords', 1, 1000),
}

/** One attempt at an account. */
export interface Attempt {
  readonly exchange: Exchange
  readonly account: AccountId
  /** The challenge that is answered. */
  readonly challenge?: string
  readonly cost: number
  readonly known: boolean
}

/** All budgets: of challenges, accounts, addresses, messages. */
export class Budgets {
  readonly #environment: Environment
  readonly #perChallenge: number
  readonly #guesses: Guesses
  readonly #addresses: Limiter
  readonly #sends: Limiter
  readonly #passwords: Limiter

  /** @throws SecurityError ERR_OPTION, also where guessing would succeed too often */
  constructor(environment: Environment, options: BudgetOptions = {}) {
    checkOptions<BudgetOptions>('mfaGate budgets', options, rules)
    const { limiter = inMemory, perChallenge = 5, perAddress = 50, perAccount = 12, reserve = 6, sends = 4 } = options
    const { passwords = 10, window = '7d' } = options
    const budget = { points: perAccount, reserve, window: secondsOf('mfaGate budgets', 'window', window) }
    const risk = yearlyRisk(budget)
    if (risk >= MOST_YEARLY_RISK) {
      throw coreError('ERR_OPTION', {
        message: `mfaGate budgets: with \`perAccount\` ${perAccount} and \`reserve\` ${reserve} in each \`window\`, who guesses for a year gets into one account with a chance of ${(risk * 100).toFixed(2)} %; accepted is less than ${MOST_YEARLY_RISK * 100} %`,
      })
    }
    this.#environment = environment
    this.#perChallenge = perChallenge
    this.#guesses = new Guesses(environment, budget)
    const limit = (keyPrefix: string, points: number, duration: number): Limiter =>
      new Limiter(environment, limiter, { keyPrefix: `sallyport-mfa-${keyPrefix}`, points, duration })
    this.#addresses = limit('address', perAddress, 3600)
    this.#sends = limit('sends', sends, 900)
    this.#passwords = limit('passwords', passwords, 900)
  }

  /**
   * Pays for an attempt before it is judged, so that many at once are not cheaper.
   * @returns gives back what was paid, for an attempt that was right
   * @throws SecurityError ERR_MFA_THROTTLED (429), ERR_MFA_CHALLENGE (400), ERR_MFA_LIMITER, ERR_STORE_UNAVAILABLE (503)
   */
  async pay({ exchange, account, challenge, cost, known }: Attempt): Promise<() => Promise<void>> {
    const address = addressKey(exchange.clientAddress) || 'unknown'
    try {
      await this.#addresses.take(address)
      const giveAnswerBack = challenge === undefined ? undefined : await this.#answer(account, challenge)
      const refund = await this.#guesses.pay(account, cost, known)
      return async () => {
        await Promise.all([refund(), giveAnswerBack?.(), this.#addresses.giveBack(address)])
      }
    } catch (thrown) {
      await this.#told(exchange, thrown, 'guesses')
      throw thrown
    }
  }

  /** Pays for a message to an account. @throws SecurityError ERR_MFA_THROTTLED (429), ERR_MFA_LIMITER (503) */
  async send(exchange: Exchange, account: AccountId): Promise<void> {
    await this.#limited(exchange, this.#sends, account, 'sends')
  }

  /** Pays for a password. @throws SecurityError ERR_MFA_THROTTLED (429), ERR_MFA_LIMITER (503) */
  async password(exchange: Exchange, account: AccountId): Promise<() => Promise<void>> {
    await this.#limited(exchange, this.#passwords, account, 'passwords')
    return () => this.#passwords.giveBack(accountTag(account))
  }

  async #limited(exchange: Exchange, limiter: Limiter, account: AccountId, budget: string): Promise<void> {
    try {
      await limiter.take(accountTag(account))
    } catch (thrown) {
      await this.#told(exchange, thrown, budget)
      throw thrown
    }
  }

  async #answer(account: AccountId, challenge: string): Promise<() => Promise<unknown>> {
    const { store } = this.#environment
    const key = { partition: partitionOf(account), id: `answers.${challenge}` }
    const add = (by: number): Promise<number> => store.increment(key, by, { ttl: 3_600_000 })
    // As if it were gone: it is, for whoever answers.
    if ((await add(1)) > this.#perChallenge) throw mfaError('ERR_MFA_CHALLENGE')
    return () => add(-1)
  }

  async #told(exchange: Exchange, thrown: unknown, budget: string): Promise<void> {
    if ((thrown as { code?: unknown }).code !== 'ERR_MFA_THROTTLED') return
    await this.#environment.publish('mfa.throttled', { budget }, exchange)
  }
}
