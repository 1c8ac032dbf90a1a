import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/rbac` itself. */
export const rbacErrors = {
  ERR_RBAC_FORBIDDEN: { status: 403, title: 'The caller is not permitted to do this' },
} as const

/** Codes of the errors that only `@sallyport/rbac` throws; ERR_OPTION and ERR_UNAUTHENTICATED are core's. */
export type RbacErrorCode = keyof typeof rbacErrors

/** Makes an error of this package. */
export const rbacError: <Code extends RbacErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(rbacErrors)
