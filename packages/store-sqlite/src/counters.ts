import type { Database, Statement } from './node-sqlite.ts'

/** Changes counters on one connection, within the caller's transaction. */
export class Counters {
  readonly #find: Statement
  readonly #begin: Statement
  readonly #set: Statement

  constructor(db: Database) {
    this.#find = db.prepare('SELECT count FROM counters WHERE partition = ? AND id = ? AND expires_at > ?')
    this.#begin = db.prepare('INSERT OR REPLACE INTO counters (partition, id, count, expires_at) VALUES (?, ?, ?, ?)')
    this.#set = db.prepare('UPDATE counters SET count = ? WHERE partition = ? AND id = ?')
  }

  /** Answers `undefined` when the counter would leave the safe integers. */
  increment(partition: string, id: string, by: number, ttl: number, now: number): number | undefined {
    const present = this.#find.get(partition, id, now) as { readonly count: number } | undefined
    if (present === undefined) {
      this.#begin.run(partition, id, by, now + ttl)
      return by
    }
    const count = present.count + by
    if (!Number.isSafeInteger(count)) return undefined
    this.#set.run(count, partition, id)
    return count
  }
}
