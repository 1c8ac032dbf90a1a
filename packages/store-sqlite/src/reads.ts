import type { LogRecord } from '@sallyport/core/store'
import type { Answers, Question } from './messages.ts'
import type { Database, Statement } from './node-sqlite.ts'
import { unspell } from './spelling.ts'

const GET = 'SELECT value, version FROM entries WHERE partition = ? AND id = ? AND expires_at > ?'
const LIST = `SELECT id, value, version FROM entries INDEXED BY entries_by_owner
  WHERE partition = ? AND owner = ? AND id >= ? AND expires_at > ? ORDER BY id LIMIT ?`
const LOG = 'SELECT log, last FROM logs WHERE name = ?'
const READ =
  'SELECT position, value FROM records WHERE log = ? AND position > ? AND expires_at > ? ORDER BY position LIMIT ?'

interface Row {
  readonly id: string
  readonly value: Uint8Array
  readonly version: string
}

interface LogRow {
  readonly log: number
  readonly last: number
}

interface RecordRow {
  readonly position: number
  readonly value: Uint8Array
}

/** Answers questions on one connection. */
export class Reads {
  readonly #statements: { readonly [Name in 'get' | 'list' | 'log' | 'read' | 'begin' | 'end']: Statement }

  constructor(db: Database) {
    this.#statements = {
      get: db.prepare(GET),
      list: db.prepare(LIST),
      log: db.prepare(LOG),
      read: db.prepare(READ),
      // Within another transaction as well as without one.
      begin: db.prepare('SAVEPOINT reading'),
      end: db.prepare('RELEASE reading'),
    }
  }

  /** `now`: what has ended by then is not there. */
  answer<Q extends Question>(question: Q, now: number): Answers[Q['do']]
  answer(question: Question, now: number): Answers[keyof Answers] {
    if (question.do === 'get') {
      const row = this.#statements.get.get(question.partition, question.id, now) as Row | undefined
      return row && { value: row.value, version: row.version }
    }
    if (question.do === 'list') {
      const { partition, owner, from, limit } = question
      const rows = this.#statements.list.all(partition, owner, from, now, limit) as Row[]
      return rows.map(({ id, value, version }) => ({ id: unspell(id), value, version }))
    }
    return this.#page(question.log, question.after, question.limit, now)
  }

  /** Index of a log's newest record, 0 for none. */
  last(log: string): number {
    return this.#log(log)?.last ?? 0
  }

  /** In a transaction: the records and the index of the newest one are of one moment. */
  #page(name: string, after: number, limit: number, now: number): Answers['read'] {
    const { begin, read, end } = this.#statements
    begin.run()
    try {
      const found = this.#log(name)
      if (found === undefined) return { records: [], last: 0, more: false }
      // One more than asked for tells whether there is more.
      const rows = read.all(found.log, after, now, limit + 1) as RecordRow[]
      const more = rows.length > limit
      if (more) rows.pop()
      const records: LogRecord[] = rows.map(({ position, value }) => ({ index: position, value }))
      return { records, last: found.last, more }
    } finally {
      end.run()
    }
  }

  #log(name: string): LogRow | undefined {
    return this.#statements.log.get(name) as LogRow | undefined
  }
}
