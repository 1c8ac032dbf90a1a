import type { Bindable, Database, Statement } from './node-sqlite.ts'

/** A table of what ends, with what tells its rows apart. */
interface Kind {
  readonly find: Statement
  readonly remove: Statement
}

type Key = Readonly<Record<string, Bindable>>

/** How often it is looked for what has ended while something is written, in milliseconds. */
const INTERVAL = 100

/** What is removed along the way, for each job: more than it adds, so that what has ended never piles up. */
const SHARE = 4

/** Removes what has ended, on one connection, within the caller's transaction. A log's count stays when all its records have gone. */
export class Ended {
  readonly #kinds: readonly Kind[]
  #allowance = 0
  #last = 0

  constructor(db: Database) {
    this.#kinds = [
      kindOf(db, 'entries', 'entry'),
      kindOf(db, 'counters', 'partition', 'id'),
      kindOf(db, 'records', 'log', 'position'),
    ]
  }

  /** Up to a number of each kind; answers how many in all. */
  remove(most: number, now: number): number {
    let count = 0
    for (const { find, remove } of this.#kinds) {
      const ended = find.all(now, most) as Key[]
      for (const key of ended) remove.run(...Object.values(key))
      count += ended.length
    }
    return count
  }

  /** A few, now and then, along with jobs that write. */
  removeAlong(jobs: number, now: number): void {
    this.#allowance += SHARE * jobs
    if (Math.abs(now - this.#last) < INTERVAL) return
    this.remove(this.#allowance, now)
    this.#allowance = 0
    this.#last = now
  }
}

function kindOf(db: Database, table: string, ...columns: readonly string[]): Kind {
  const keys = columns.join(', ')
  const same = columns.map((column) => `${column} = ?`).join(' AND ')
  return {
    find: db.prepare(`SELECT ${keys} FROM ${table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`),
    remove: db.prepare(`DELETE FROM ${table} WHERE ${same}`),
  }
}
