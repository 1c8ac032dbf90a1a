import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/mfa-gate` itself. */
export const mfaErrors = {
  ERR_MFA_REQUIRED: { status: 401, title: 'A second factor is required' },
  ERR_MFA_STEP_UP: { status: 401, title: 'A stronger or fresher login is required' },
  ERR_MFA_ENROLMENT_REQUIRED: { status: 403, title: 'A second factor has to be set up first' },
  ERR_MFA_REQUEST: { status: 400, title: 'The request is not what this route takes' },
  ERR_MFA_FACTOR: { status: 400, title: 'There is no such factor here' },
  ERR_MFA_CHALLENGE: { status: 400, title: 'The challenge is not known, was used, or has ended' },
  ERR_MFA_REFUSED: { status: 403, title: 'What was presented was not accepted' },
  ERR_MFA_TICKET: { status: 403, title: 'The ticket is not known, was used, or has ended' },
  ERR_MFA_APPROVAL_REQUIRED: { status: 403, title: 'This action needs an approval of its own' },
  ERR_MFA_NOT_FOUND: { status: 404, title: 'There is no such authenticator or device' },
  ERR_MFA_LIMIT: { status: 409, title: 'There are as many of this kind as there may be' },
  ERR_MFA_LAST_FACTOR: { status: 409, title: 'The last second factor cannot be taken away while one is required' },
  ERR_MFA_THROTTLED: { status: 429, title: 'Too many attempts' },
  ERR_MFA_SESSION: { status: 500, title: 'There is no session in which the login could be kept' },
  ERR_MFA_DELIVERY: { status: 503, title: 'The code could not be sent' },
  ERR_MFA_LIMITER: { status: 503, title: 'Attempts cannot be counted' },
} as const

/** Codes of the errors that only `@sallyport/mfa-gate` throws. */
export type MfaErrorCode = keyof typeof mfaErrors

/** Makes an error of this package. */
export const mfaError: <Code extends MfaErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(mfaErrors)
