import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/rbac` itself. */
export const rbacErrors = {
  ERR_RBAC_FORBIDDEN: { status: 403, title: 'The caller is not permitted to do this' },
  ERR_RBAC_UNDECIDED: { status: 403, title: 'Nobody decided who may do this' },
  ERR_RBAC_NOT_FOUND: { status: 404, title: 'There is no such thing for this caller' },
  ERR_RBAC_UNCHECKED: { status: 500, title: 'The route did not check the object that its permission depends on' },
  ERR_RBAC_UNFILTERABLE: { status: 500, title: 'A rule that is a function cannot filter a list' },
  ERR_RBAC_POLICY_CONFLICT: { status: 409, title: 'Another policy was published meanwhile' },
  ERR_RBAC_POLICY_UNAVAILABLE: { status: 503, title: 'The policy is not available' },
} as const

/** Codes of the errors that only `@sallyport/rbac` throws; ERR_OPTION and ERR_UNAUTHENTICATED are core's. */
export type RbacErrorCode = keyof typeof rbacErrors

/** Makes an error of this package. */
export const rbacError: <Code extends RbacErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(rbacErrors)
