import { accept, acceptOneOf, checkOptions, type Environment, type Middleware, type OptionRules } from '@sallyport/core'
import { rateLimit } from '@sallyport/limits'
import type { LimitsOptions } from './options.ts'

const one = { accepts: 'an object such as { limit: 300, window: 60 }, or false', test: isLimit }
const rules: OptionRules<LimitsOptions> = {
  address: one,
  principal: one,
  credential: one,
  client: one,
  limiter: accept.function,
  onLimiterFailure: acceptOneOf('memory', 'closed', 'open'),
}

function isLimit(value: unknown): boolean {
  return value === false || accept.object.test(value)
}

/** The limits before anybody is known, and those of who is calling. */
export interface Limits {
  readonly before: readonly Middleware[]
  readonly after: readonly Middleware[]
}

/** @throws SecurityError ERR_OPTION */
export function limitsOf(env: Environment, options: LimitsOptions | false, knowsCallers: boolean): Limits {
  if (options === false) return { before: [], after: [] }
  checkOptions<LimitsOptions>('sallyport limits', options, rules)
  const { address = { limit: 300 }, principal = { limit: 1000 }, credential = false, client = false } = options
  const { limiter, onLimiterFailure } = options
  const made = (by: 'address' | 'principal' | 'credential' | 'client', given: typeof address): Middleware[] =>
    given === false
      ? []
      : [rateLimit({ ...given, by, env, ...(limiter && { limiter }), ...(onLimiterFailure && { onLimiterFailure }) })]
  return {
    before: made('address', address),
    after: knowsCallers
      ? [...made('principal', principal), ...made('credential', credential), ...made('client', client)]
      : [],
  }
}
