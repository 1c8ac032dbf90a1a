import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/pii-redactor` itself. */
export const piiErrors = {
  ERR_PII_FORBIDDEN: { status: 403, title: 'The caller may not see what was taken out' },
  ERR_PII_TOKEN: { status: 400, title: 'This is no token of this app, or its key is gone' },
  ERR_PII_ENCODING: { status: 500, title: 'The response is encoded in a way that cannot be redacted' },
  ERR_PII_KEY_REMOTE: { status: 500, title: 'The key ring answers too late for redaction in place' },
} as const

/** Codes of the errors that only `@sallyport/pii-redactor` throws; ERR_OPTION is core's. */
export type PiiErrorCode = keyof typeof piiErrors

/** Makes an error of this package. */
export const piiError: <Code extends PiiErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(piiErrors)
