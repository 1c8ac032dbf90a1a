import { auditError } from '../errors.ts'
import type { AuditRecord } from '../record/event.ts'
import { RecordOpener } from '../read/record.ts'
import type { Entry, LogSource } from '../read/log-reader.ts'
import { personOf } from '../vault/person.ts'
import { checkQuery, needles, recordTest, type AuditQuery, type Refs } from './query.ts'
import { Summaries } from './summaries.ts'

/** Some of the records that were found. */
export interface AuditPage {
  readonly records: readonly AuditRecord[]
  /** For the next page; nothing when there is none. */
  readonly cursor?: string
}

/** How much of what was found. */
export interface PageOptions {
  /** Most records on one page. @default 50 */
  readonly limit?: number
  /** Of the page before. */
  readonly cursor?: string
}

/** Most on one page. */
const MOST = 1000

/** Looks for records in a log, piece by piece: as much memory as a piece takes, however long the log is. */
export class Search {
  readonly #source: LogSource
  readonly #summaries: Summaries

  constructor(source: LogSource, summaries: Summaries = new Summaries()) {
    this.#source = source
    this.#summaries = summaries
  }

  /** @throws SecurityError ERR_OPTION, ERR_AUDIT_NOT_FOUND (404) for a cursor that is none */
  async page(query: AuditQuery, { limit = 50, cursor }: PageOptions = {}): Promise<AuditPage> {
    if (!(Number.isInteger(limit) && limit >= 1)) throw auditError('ERR_AUDIT_NOT_FOUND')
    const most = Math.min(limit, MOST)
    const records: AuditRecord[] = []
    for await (const record of this.records(query, cursor === undefined ? undefined : readCursor(cursor))) {
      if (records.length === most) return { records, cursor: writeCursor(records.at(-1)!.index) }
      records.push(record)
    }
    return { records }
  }

  /** All that is found. @param after the index of the last one that was given before */
  async *records(query: AuditQuery, after?: number): AsyncGenerator<AuditRecord> {
    checkQuery(query)
    const refs = await this.#refs(query)
    const test = recordTest(query, refs)
    const words = needles(query, refs)
    const opener = new RecordOpener(this.#source)
    for await (const entry of this.#candidates(query, refs, after)) {
      if (!words.every((word) => entry.bytes.includes(word))) continue
      const record = await opener.open(entry)
      if (test(record)) yield record
    }
  }

  async *#candidates(query: AuditQuery, refs: Refs, after: number | undefined): AsyncGenerator<Entry> {
    const pieces = await this.#source.pieces()
    const newest = (query.order ?? 'newest') === 'newest'
    const order = newest ? pieces.map((_, i) => i).toReversed() : pieces.map((_, i) => i)
    for (const i of order) {
      const first = pieces[i]!
      const next = pieces[i + 1]
      const from = newest || after === undefined ? first : Math.max(first, after + 1)
      const to = Math.min(next ?? Infinity, newest && after !== undefined ? after : Infinity)
      if (from >= to || !this.#summaries.mayHold(this.#source.origin, first, query, refs)) continue
      const entries = this.#source.entries(from, to)
      // Of a piece that is finished it is remembered what is in it.
      const noted =
        next !== undefined && from === first && to === next
          ? this.#summaries.note(this.#source.origin, first, entries)
          : entries
      if (!newest) {
        yield* noted
        continue
      }
      const all: Entry[] = []
      for await (const entry of noted) all.push(entry)
      while (all.length > 0) yield all.pop()!
    }
  }

  async #refs({ actor, person }: AuditQuery): Promise<Refs> {
    return {
      actor: actor && (await this.#source.refOf(personOf(actor))),
      person: person && (await this.#source.refOf(personOf(person))),
    }
  }
}

function writeCursor(index: number): string {
  return Buffer.from(`after ${index}`).toString('base64url')
}

function readCursor(cursor: string): number {
  const index = /^after (\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]
  if (index === undefined) throw auditError('ERR_AUDIT_NOT_FOUND', { message: 'This is no cursor of a page' })
  return Number(index)
}
