import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'

/** The failures of `@sallyport/store-postgres` itself: why a store answered ERR_STORE_UNAVAILABLE, as the `code` of that error's `origin`. */
export const postgresErrors = {
  ERR_POSTGRES_CONFLICT: {
    status: 503,
    title: 'PostgreSQL had no lock in time, or rolled the change back for another’s sake',
  },
  ERR_POSTGRES_CONNECTION: { status: 503, title: 'The connection to PostgreSQL failed or was lost' },
  ERR_POSTGRES_DENIED: { status: 503, title: 'The PostgreSQL role may not log in, or lacks a privilege' },
  ERR_POSTGRES_FAILED: { status: 503, title: 'PostgreSQL refused the statement' },
  ERR_POSTGRES_FULL: { status: 503, title: 'The PostgreSQL server has no disk, memory or connections left' },
  ERR_POSTGRES_ISOLATION: {
    status: 503,
    title: "The store needs transactions in READ COMMITTED: set the role's default_transaction_isolation",
  },
  ERR_POSTGRES_OVERLOADED: { status: 503, title: 'Too many calls wait for a connection to PostgreSQL' },
  ERR_POSTGRES_READ_ONLY: {
    status: 503,
    title: 'PostgreSQL is read-only here: a standby, or a server that was set so',
  },
  ERR_POSTGRES_SCHEMA: { status: 503, title: 'The database schema does not fit this version of the store' },
  ERR_POSTGRES_TIMEOUT: { status: 503, title: 'PostgreSQL did not answer in time' },
} as const

/** Codes of the failures that only this package has; ERR_OPTION and ERR_STORE_UNAVAILABLE are core's. */
export type PostgresErrorCode = keyof typeof postgresErrors

/** Makes an error of this package. */
export const postgresError: <Code extends PostgresErrorCode>(
  code: Code,
  detail?: FailureDetail,
) => SecurityError<Code> = errorsOf(postgresErrors)
