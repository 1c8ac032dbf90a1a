import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/audit-logger` itself. */
export const auditErrors = {
  ERR_AUDIT_EVENT: { status: 500, title: 'The audit event is wrong' },
  ERR_AUDIT_UNAVAILABLE: { status: 503, title: 'The audit log cannot be written' },
  ERR_AUDIT_LOCKED: { status: 503, title: 'The audit log has another writer' },
  ERR_AUDIT_DAMAGED: { status: 503, title: 'The audit log is not what was recorded' },
  ERR_AUDIT_OVERLOADED: { status: 503, title: 'Too many audit records are waiting' },
  ERR_AUDIT_CLOSED: { status: 503, title: 'The audit log is closed' },
  ERR_AUDIT_QUERY: { status: 400, title: 'The query of the audit log is wrong' },
  ERR_AUDIT_FORBIDDEN: { status: 403, title: 'The caller may not read the audit log' },
  ERR_AUDIT_NOT_FOUND: { status: 404, title: 'There is no such audit record' },
  ERR_AUDIT_PROOF: { status: 400, title: 'The proof or checkpoint does not hold' },
} as const

/** Codes of the errors that only `@sallyport/audit-logger` throws; ERR_OPTION is core's. */
export type AuditErrorCode = keyof typeof auditErrors

/** Makes an error of this package. */
export const auditError: <Code extends AuditErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(auditErrors)
