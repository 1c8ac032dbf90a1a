import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/decorators` itself. */
export const decoratorErrors = {
  ERR_DECORATORS_SCOPE: { status: 403, title: 'The token does not have the scope' },
} as const

/** Codes of the errors that only `@sallyport/decorators` throws; ERR_OPTION and ERR_UNAUTHENTICATED are core's. */
export type DecoratorErrorCode = keyof typeof decoratorErrors

/** Makes an error of this package. */
export const decoratorError: <Code extends DecoratorErrorCode>(
  code: Code,
  detail?: FailureDetail,
) => SecurityError<Code> = errorsOf(decoratorErrors)
