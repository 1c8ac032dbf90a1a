import { existsSync, rmSync } from 'node:fs'
import { fileAt, type FileState } from './file.ts'
import type { Database } from './node-sqlite.ts'
import { migrate } from './schema.ts'

/** The store's birth, and the file that holds it. */
export interface Birth {
  readonly generation: string
  /** In milliseconds since the Unix epoch. */
  readonly since: number
  /** `FileState.id`. */
  readonly fileId: string
}

interface StoreRow {
  readonly generation: string
  readonly since: number
  readonly inode: string
}

/**
 * Finds a file's birth, or gives it one. With the write lock of the file that was `expected` at the path; answers `undefined` when it is
 * there no longer.
 */
export function birthOf(db: Database, file: string, expected: FileState, now: number): Birth | undefined {
  const present = fileAt(file)
  if (present?.id !== expected.id) return undefined
  if (present.empty && existsSync(`${file}-shm`)) {
    // It was emptied while others had it open, whose -wal and -shm tell of pages that are gone. They find another file here and leave
    // theirs. Who opens this one meanwhile waits for the lock, and then finds another one too: so nobody's new file can be hit.
    for (const name of [`${file}-wal`, `${file}-shm`, file]) rmSync(name, { force: true })
    return undefined
  }
  migrate(db)
  const [known] = db.prepare('SELECT generation, since, inode FROM store').all() as StoreRow[]
  // A copy that was put in its place holds the past: what was revoked or used up since then would be good again.
  const isItself = known?.inode === present.inode
  const born = isItself ? known : { generation: crypto.randomUUID(), since: now }
  if (!isItself) {
    db.exec('DELETE FROM store')
    db.prepare('INSERT INTO store (generation, since, inode) VALUES (?, ?, ?)').run(
      born.generation,
      born.since,
      present.inode,
    )
  }
  return { generation: born.generation, since: born.since, fileId: present.id }
}
