import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/session-tracker` itself. */
export const sessionErrors = {
  ERR_SESSION_ENDED: { status: 401, title: 'The session was ended' },
  ERR_SESSION_EXPIRED: { status: 401, title: 'The session has expired' },
  ERR_SESSION_UNDATED: {
    status: 401,
    title: 'The session does not show that it began after the last sign-out everywhere',
  },
  ERR_SESSION_SUSPICIOUS: { status: 401, title: 'The session is used in a way that does not fit its owner' },
  ERR_SESSION_REAUTHENTICATE: { status: 401, title: 'A more recent authentication is required' },
  ERR_SESSION_LIMIT: { status: 403, title: 'The account has as many sessions as it may have' },
  ERR_SESSION_FORBIDDEN: { status: 403, title: 'The caller may not manage sessions of others' },
  ERR_SESSION_NOT_FOUND: { status: 404, title: 'There is no such session' },
  ERR_SESSION_REQUEST: { status: 400, title: 'The request is not as it must be' },
} as const

/** Codes of the errors that only `@sallyport/session-tracker` throws. */
export type SessionErrorCode = keyof typeof sessionErrors

/** Makes an error of this package. */
export const sessionError: <Code extends SessionErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(sessionErrors)
