import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { birthOf, type Birth } from './birth.ts'
import { fileAt } from './file.ts'
import { patiently, sleep, WriteLock } from './lock.ts'
import { makeFile } from './make-file.ts'
import type { Database, NodeSqlite } from './node-sqlite.ts'
import { SCHEMA_QUESTION, schemaOf } from './schema.ts'
import { codeOf, Trouble } from './trouble.ts'

/** A file that is ready to be written to. */
export interface OpenFile {
  readonly db: Database
  readonly lock: WriteLock
  readonly birth: Birth
  /** Its `-shm`, which belongs to this file and no other. */
  readonly memory: { readonly path: string; readonly id: string | undefined }
}

/** Attempts to open a file that others make, empty or replace at the same time, and the pause between them in milliseconds. */
const ATTEMPTS = 20
const PAUSE = 5

/**
 * `FULL`: what is acknowledged has been written through to the disk. The last two: a file of a stranger's making runs none of its functions
 * here, and pages that are not in order are found sooner.
 */
const SETTINGS = `PRAGMA busy_timeout = 0; PRAGMA synchronous = FULL;
  PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON`

/** A WAL that has grown beyond this is cut back when it begins anew, in bytes. */
const WAL_LIMIT = 16_777_216

/**
 * Opens the file for writing; makes it, and its folder, where there is none. Blocks this thread.
 *
 * `stale`: the `-shm` of another file that was at this path, which must not be taken for this one's.
 * @throws Trouble, or an exception of SQLite or of the file system
 */
export function openFile(sqlite: NodeSqlite, path: string, now: number, stale?: string): OpenFile {
  for (let attempt = 1; ; attempt++) {
    try {
      const opened = tryToOpen(sqlite, path, now, stale)
      if (opened !== undefined) return opened
      if (attempt === ATTEMPTS) throw new Trouble('ERR_SQLITE_MOVED')
    } catch (thrown) {
      // Of files that come and go SQLite says that the disk fails or that they cannot be opened.
      const code = codeOf(thrown)
      if (attempt === ATTEMPTS || (code !== 'ERR_SQLITE_DISK' && code !== 'ERR_SQLITE_CANNOT_OPEN')) throw thrown
    }
    sleep(PAUSE)
  }
}

/** Answers `undefined` when the file is not what it was a moment ago. */
function tryToOpen({ DatabaseSync }: NodeSqlite, path: string, now: number, stale?: string): OpenFile | undefined {
  makeFile(path)
  const before = fileAt(path)
  if (before === undefined) return undefined
  const file = realpathSync(path)
  const memory = `${file}-shm`
  if (!before.empty && stale !== undefined && fileAt(memory)?.id === stale) throw new Trouble('ERR_SQLITE_WAL_STALE')
  assertWritable(file)
  const db = new DatabaseSync(file)
  try {
    patiently(() => db.exec(SETTINGS))
    const lock = new WriteLock(db)
    lock.take()
    const birth = birthOf(db, file, before, now)
    if (birth !== undefined) {
      // Before there is a WAL, to commit is to wait for who looks at the file.
      patiently(() => db.exec('COMMIT'))
      patiently(() => switchToWal(db))
      return { db, lock, birth, memory: { path: memory, id: fileAt(memory)?.id } }
    }
  } catch (thrown) {
    db.close()
    throw thrown
  }
  db.close()
  return undefined
}

/** SQLite would open what it cannot write for reading only, and so it would stay when that has long changed. */
function assertWritable(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`].filter((one) => existsSync(one))) {
    try {
      accessSync(one, constants.R_OK | constants.W_OK)
    } catch {
      throw new Trouble('ERR_SQLITE_READ_ONLY')
    }
  }
}

function switchToWal(db: Database): void {
  const { journal_mode: mode } = db.prepare('PRAGMA journal_mode = WAL').get() as { readonly journal_mode: string }
  if (mode !== 'wal') throw new Trouble('ERR_SQLITE_NO_WAL')
  db.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT}`)
  // The first reading makes the -shm.
  schemaOf(db.prepare(SCHEMA_QUESTION))
}
