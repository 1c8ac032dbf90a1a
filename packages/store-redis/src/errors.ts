import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/store-redis` itself: why a store answered ERR_STORE_UNAVAILABLE, as the `code` of that error's `origin`. */
export const redisErrors = {
  ERR_REDIS_OFFLINE: { status: 503, title: 'There is no connection to Redis' },
  ERR_REDIS_UNSUITABLE: { status: 503, title: 'Redis is not set up to keep what the store holds' },
  ERR_REDIS_FULL: { status: 503, title: 'Redis has reached its memory limit' },
  ERR_REDIS_DENIED: { status: 503, title: 'Redis does not permit what the store does' },
  ERR_REDIS_REPLICAS: { status: 503, title: 'Too few replicas have confirmed the write' },
  ERR_REDIS_REFUSED: { status: 503, title: 'Redis did not carry out the command' },
} as const

/** Codes of the errors that only this package makes; ERR_OPTION and ERR_STORE_UNAVAILABLE are core's. */
export type RedisErrorCode = keyof typeof redisErrors

/** Makes an error of this package. */
export const redisError: <Code extends RedisErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(redisErrors)
