import type { SqliteErrorCode } from './errors.ts'

// Without anything of core: the writing thread starts the sooner.

/** Thrown where the cause of a failure is known. */
export class Trouble extends Error {
  readonly code: SqliteErrorCode
  constructor(code: SqliteErrorCode) {
    super(code)
    this.name = 'Trouble'
    this.code = code
  }
}

/** By the primary result code of SQLite (https://www.sqlite.org/rescode.html). */
const byResultCode: Readonly<Record<number, SqliteErrorCode>> = {
  5: 'ERR_SQLITE_BUSY',
  6: 'ERR_SQLITE_BUSY',
  8: 'ERR_SQLITE_READ_ONLY',
  10: 'ERR_SQLITE_DISK',
  11: 'ERR_SQLITE_DAMAGED',
  13: 'ERR_SQLITE_FULL',
  14: 'ERR_SQLITE_CANNOT_OPEN',
  15: 'ERR_SQLITE_BUSY',
  26: 'ERR_SQLITE_DAMAGED',
}

const bySystemCode: Readonly<Record<string, SqliteErrorCode>> = {
  EDQUOT: 'ERR_SQLITE_FULL',
  EIO: 'ERR_SQLITE_DISK',
  ENOSPC: 'ERR_SQLITE_FULL',
  EROFS: 'ERR_SQLITE_READ_ONLY',
}

/** What an exception of this package, of SQLite or of the file system means. */
export function codeOf(thrown: unknown): SqliteErrorCode {
  if (thrown instanceof Trouble) return thrown.code
  const { errcode, code, syscall } = Object(thrown) as { errcode?: unknown; code?: unknown; syscall?: unknown }
  // The low byte is the primary code; what stands above it says more than is needed.
  if (typeof errcode === 'number') return byResultCode[errcode & 0xff] ?? 'ERR_SQLITE_FAILED'
  if (typeof syscall !== 'string') return 'ERR_SQLITE_FAILED'
  return bySystemCode[String(code)] ?? 'ERR_SQLITE_CANNOT_OPEN'
}
