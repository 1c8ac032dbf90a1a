import type { Database, Statement } from './node-sqlite.ts'

/** Appends to logs on one connection, within the caller's transaction. */
export class Logs {
  readonly #count: Statement
  readonly #append: Statement

  constructor(db: Database) {
    this.#count = db.prepare(
      'INSERT INTO logs (name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING log, last',
    )
    // Node 22.13 binds NULL for a value without bytes that came from a thread.
    this.#append = db.prepare(
      "INSERT INTO records (log, position, value, expires_at) VALUES (?, ?, coalesce(?, x''), ?)",
    )
  }

  /** Answers the record's index. The one write lock of the file leaves no gap and no two of a kind. */
  append(name: string, value: Uint8Array, ttl: number, now: number): number {
    const { log, last } = this.#count.get(name) as { readonly log: number; readonly last: number }
    this.#append.run(log, last, value, now + ttl)
    return last
  }
}
