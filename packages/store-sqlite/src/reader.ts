import type { Clock } from '@sallyport/core'
import type { Birth } from './birth.ts'
import { isStillAt } from './file.ts'
import type { Answers, Question } from './messages.ts'
import type { Database, NodeSqlite, Statement } from './node-sqlite.ts'
import { Reads } from './reads.ts'
import { Trouble } from './trouble.ts'

/** How long a removed or replaced file is still read, in milliseconds at most. */
const TRUST = 100

/**
 * Reads on the app's thread, over a connection of its own. In WAL mode reading waits for no writer and no disk but its own; where it
 * would have to wait, it throws.
 */
export class Reader {
  readonly #path: string
  readonly #birth: Birth
  readonly #clock: Clock
  readonly #db: Database
  readonly #reads: Reads
  readonly #dataVersion: Statement
  #seen: number

  /** @throws Trouble when the file is not the one of this birth, or the exception of SQLite */
  constructor({ DatabaseSync }: NodeSqlite, path: string, birth: Birth, clock: Clock) {
    this.#path = path
    this.#birth = birth
    this.#clock = clock
    this.#db = new DatabaseSync(path, { readOnly: true })
    try {
      this.#db.exec('PRAGMA busy_timeout = 0; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
      this.#reads = new Reads(this.#db)
      this.#dataVersion = this.#db.prepare('PRAGMA data_version')
      this.#seen = clock.now()
      if (!isStillAt(path, birth.fileId) || this.#generation() !== birth.generation)
        throw new Trouble('ERR_SQLITE_MOVED')
    } catch (thrown) {
      this.#db.close()
      throw thrown
    }
  }

  /** Whether the file has gone from its path. Looks at most every 100 ms. */
  get gone(): boolean {
    const now = this.#clock.now()
    const age = now - this.#seen
    // Negative: the machine's clock was set back.
    if (age >= 0 && age < TRUST) return false
    this.#seen = now
    return !isStillAt(this.#path, this.#birth.fileId)
  }

  get birth(): Birth {
    return this.#birth
  }

  answer<Q extends Question>(question: Q): Answers[Q['do']] {
    return this.#reads.answer(question, Math.floor(this.#clock.now()))
  }

  /** Another number after each change that another connection made, of whatever process. */
  dataVersion(): number {
    return (this.#dataVersion.get() as { readonly data_version: number }).data_version
  }

  last(log: string): number {
    return this.#reads.last(log)
  }

  close(): void {
    this.#db.close()
  }

  #generation(): string | undefined {
    const row = this.#db.prepare('SELECT generation FROM store').get() as { readonly generation: string } | undefined
    return row?.generation
  }
}
