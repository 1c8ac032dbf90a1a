import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/limits` itself. */
export const limitsErrors = {
  ERR_LIMITS_EXCEEDED: { status: 429, title: 'Too many requests' },
  ERR_LIMITS_ADDRESS: { status: 403, title: 'Requests from this address are not accepted' },
  ERR_LIMITS_UNAVAILABLE: { status: 503, title: 'Requests cannot be counted' },
} as const

/** Codes of the errors that only `@sallyport/limits` throws. */
export type LimitsErrorCode = keyof typeof limitsErrors

/** Makes an error of this package. */
export const limitsError: <Code extends LimitsErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(limitsErrors)
