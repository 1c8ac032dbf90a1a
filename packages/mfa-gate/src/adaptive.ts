import {
  accept,
  checkOptions,
  coreError,
  optionError,
  type Environment,
  type Exchange,
  type OptionRules,
} from '@sallyport/core'
import { durationRule, secondsOf, type Duration } from './duration.ts'

/** Options of `adaptive`: how the risk of a request changes what is demanded. */
export interface AdaptiveOptions {
  /** Says how risky a request looks, from 0 to 1. @default the environment's port `risk`, as session-tracker offers it */
  readonly risk?: (exchange: Exchange) => number | Promise<number>
  /** From this risk on a second factor must have been used recently, also where it was used before. @default 0.7 */
  readonly raise?: number
  /** How recently. @default '5m' */
  readonly maxAge?: Duration
  /** Up to this risk a login needs no second factor. A demand of a route is never waived. @default none: always needed */
  readonly waive?: number
}

const share = { accepts: 'a number from 0 to 1', test: (v: unknown) => typeof v === 'number' && v >= 0 && v <= 1 }

const rules: OptionRules<AdaptiveOptions> = { risk: accept.function, raise: share, maxAge: durationRule, waive: share }

/** Asks how risky requests are. */
export class Adaptive {
  readonly #environment: Environment
  readonly #options: AdaptiveOptions
  readonly #raise: number
  readonly #maxAge: number

  /** @throws SecurityError ERR_OPTION; ERR_PORT_ABSENT (500) where nobody says how risky a request is */
  constructor(environment: Environment, options: AdaptiveOptions) {
    checkOptions<AdaptiveOptions>('mfaGate adaptive', options, rules)
    const { raise = 0.7, waive, maxAge = '5m', risk } = options
    if (waive !== undefined && waive >= raise)
      throw optionError('mfaGate adaptive', 'waive', waive, { accepts: 'less than `raise`' })
    if (risk === undefined && !environment.ports.has('risk')) {
      throw coreError('ERR_PORT_ABSENT', {
        message:
          'mfaGate adaptive: nobody says how risky a request is; give `risk`, or make the package that offers it first, on the same `env`',
      })
    }
    this.#environment = environment
    this.#options = options
    this.#raise = raise
    this.#maxAge = secondsOf('mfaGate adaptive', 'maxAge', maxAge)
  }

  /** How recently a second factor must have been used for this request, in seconds; nothing where the risk is not raised. */
  async raised(exchange: Exchange): Promise<number | undefined> {
    const risk = await this.#riskOf(exchange)
    if (risk < this.#raise) return undefined
    await this.#environment.publish('mfa.raised', { risk }, exchange)
    return this.#maxAge
  }

  /** Whether the risk is so low that a login needs no second factor. */
  async waives(exchange: Exchange): Promise<boolean> {
    const { waive } = this.#options
    return waive !== undefined && (await this.#riskOf(exchange)) <= waive
  }

  /** What cannot tell, or tells nonsense, is taken for the worst. */
  async #riskOf(exchange: Exchange): Promise<number> {
    const ask = this.#options.risk ?? this.#environment.ports.ask('risk')
    try {
      const risk = await ask(exchange)
      return risk >= 0 && risk <= 1 ? risk : 1
    } catch {
      return 1
    }
  }
}
