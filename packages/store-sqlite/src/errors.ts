import { errorsOf, type FailureDetail, type SecurityError } from '@sallyport/core'
import { storeUnavailable } from '@sallyport/core/store'

/** The failures of `@sallyport/store-sqlite` itself: why a store answered ERR_STORE_UNAVAILABLE, as the `code` of that error's `origin`. */
export const sqliteErrors = {
  ERR_SQLITE_BUSY: { status: 503, title: 'Another process held the write lock of the SQLite store for too long' },
  ERR_SQLITE_CANNOT_OPEN: {
    status: 503,
    title: 'The file of the SQLite store could not be opened: look at path and permissions',
  },
  ERR_SQLITE_DAMAGED: {
    status: 503,
    title: 'The file of the SQLite store is damaged: put a copy in its place, or move it away to begin anew',
  },
  ERR_SQLITE_DISK: { status: 503, title: 'The disk of the SQLite store failed to read or write' },
  ERR_SQLITE_FAILED: { status: 503, title: 'SQLite failed' },
  ERR_SQLITE_FOREIGN: { status: 503, title: 'The file of the SQLite store belongs to another application' },
  ERR_SQLITE_FULL: { status: 503, title: 'The disk of the SQLite store is full' },
  ERR_SQLITE_MOVED: { status: 503, title: 'The file of the SQLite store was removed or replaced during the call' },
  ERR_SQLITE_NEWER: {
    status: 503,
    title: 'The file of the SQLite store was written by a newer version of this package',
  },
  ERR_SQLITE_NO_WAL: {
    status: 503,
    title: 'The file system of the SQLite store has no memory that processes share (WAL): take a local one',
  },
  ERR_SQLITE_OVERLOADED: { status: 503, title: 'Too much waits to be written to the SQLite store' },
  ERR_SQLITE_READ_ONLY: { status: 503, title: 'The file of the SQLite store is read-only' },
  ERR_SQLITE_THREAD: { status: 503, title: 'The writing thread of the SQLite store ended' },
  ERR_SQLITE_WAL_LOST: {
    status: 503,
    title: 'The -wal and -shm of the SQLite store were removed while in use: stop all processes, then start them',
  },
  ERR_SQLITE_WAL_STALE: {
    status: 503,
    title: 'The file of the SQLite store was replaced but not its -wal and -shm: stop all processes, remove both',
  },
} as const

/** Codes of the failures that only this package has; ERR_OPTION and ERR_STORE_UNAVAILABLE are core's. */
export type SqliteErrorCode = keyof typeof sqliteErrors

const sqliteError: <Code extends SqliteErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(sqliteErrors)

/** The refusal of a store that cannot answer for a reason of this package. */
export function unavailable(code: SqliteErrorCode): SecurityError<'ERR_STORE_UNAVAILABLE'> {
  return storeUnavailable(sqliteErrors[code].title, sqliteError(code))
}
