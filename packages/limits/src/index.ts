export { ipAllow, ipDeny, type AddressListOptions } from './address-list.ts'
export { limitsErrors, type LimitsErrorCode } from './errors.ts'
export type { Counted, FailureMode, LimiterFactory, LimiterSpec, RateLimiter, RateLimitOptions } from './options.ts'
export { rateLimit } from './rate-limit.ts'
