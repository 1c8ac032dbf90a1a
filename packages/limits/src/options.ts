import {
  accept,
  acceptEnvironment,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  optionError,
  type Environment,
  type Exchange,
  type OptionRules,
} from '@sallyport/core'

/**
 * For whom is counted. `address`: each client, an IPv6 client by its /64. `principal`: each account. `credential`: each API key, token or
 * session. `client`: each OAuth client (`client_id`, else `azp`, of the token's claims). Whoever has none of these is counted by address. Or a
 * function of the app: what it gives is counted, `undefined` is not limited.
 */
export type Counted = 'address' | 'principal' | 'credential' | 'client' | ((exchange: Exchange) => string | undefined)

/**
 * What happens while the limiter's server cannot be asked. `memory`: this process goes on counting for itself. `closed`: 503. `open`: nobody is
 * limited.
 */
export type FailureMode = 'memory' | 'closed' | 'open'

/** A limiter of rate-limiter-flexible, whichever: what is used of it. */
export interface RateLimiter {
  /**
   * Answers or rejects with `remainingPoints` and `msBeforeNext`, the latter where there are no points left; rejects with an Error where it
   * cannot tell.
   */
  consume(key: string, points?: number): Promise<{ readonly remainingPoints: number; readonly msBeforeNext: number }>
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

/** Options of `rateLimit`. */
export interface RateLimitOptions {
  /** Most requests in a window. */
  readonly limit: number
  /** Length of the window in seconds, at least 1. @default 60 */
  readonly window?: number
  /** For whom is counted. @default 'address' */
  readonly by?: Counted
  /**
   * Name of the policy: it is in the headers, and what has the same name in all processes is counted together. Limits with different
   * purposes need different names. @default the word of `by`, or 'custom'
   */
  readonly name?: string
  /** What one request costs; 0 for what is not counted. @default 1 */
  readonly cost?: (exchange: Exchange) => number
  /** Makes the limiter, for more than one process on Redis or PostgreSQL. @default RateLimiterMemory: each process counts for itself */
  readonly limiter?: LimiterFactory
  /** @default 'memory' */
  readonly onLimiterFailure?: FailureMode
  /** Time for one call to the limiter, in milliseconds; whoever misses it is not asked again by requests until it answers. @default 100 */
  readonly deadline?: number
  /** @default the environment of the process */
  readonly env?: Environment
}

/** Names as RFC 9651 has them in strings, kept short. */
const NAME = /^[a-z][\w-]{0,39}$/i

const rules: OptionRules<RateLimitOptions> = {
  limit: acceptNumber('requests', 1, 1_000_000_000),
  window: acceptNumber('seconds', 1, 31_536_000),
  by: {
    accepts: "'address', 'principal', 'credential', 'client' or a function",
    test: (v) => typeof v === 'function' || acceptOneOf('address', 'principal', 'credential', 'client').test(v),
  },
  name: {
    accepts: 'a name of letters, digits, _ and -, at most 40',
    test: (v) => typeof v === 'string' && NAME.test(v),
  },
  cost: accept.function,
  limiter: accept.function,
  onLimiterFailure: acceptOneOf('memory', 'closed', 'open'),
  deadline: acceptNumber('milliseconds', 1, 10_000),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/** @throws SecurityError ERR_OPTION */
export function checkRateLimitOptions(options: unknown): asserts options is RateLimitOptions {
  checkOptions<RateLimitOptions>('rateLimit', options, rules)
  if (options.limit === undefined || !Number.isInteger(options.limit)) {
    throw optionError('rateLimit', 'limit', options.limit, { accepts: 'a whole number of requests from 1' })
  }
}
