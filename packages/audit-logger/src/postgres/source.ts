import { hashesIn } from '../merkle/tile.ts'
import { auditError } from '../errors.ts'
import type { Entry, LogSource } from '../read/log-reader.ts'
import type { PersonId } from '../vault/person.ts'
import { PeopleTable } from './people.ts'
import { fromHex, transaction, type PostgresLogPool, type TextRow } from './pool.ts'
import { unavailable } from './writer.ts'

/** Records that are read at once, and those of what search takes for one piece. */
const PAGE = 1000
const PIECE = 65_536

/** Reads a log in PostgreSQL. */
export class PostgresSource implements LogSource {
  readonly origin: string
  readonly vkeys: readonly string[]
  readonly #pool: PostgresLogPool
  readonly #schema: string
  readonly #people: PeopleTable

  constructor(pool: PostgresLogPool, schema: string, head: TextRow, logKey: Uint8Array) {
    this.origin = head['origin']!
    this.vkeys = JSON.parse(head['vkeys']!) as string[]
    this.#pool = pool
    this.#schema = schema
    this.#people = new PeopleTable(schema, logKey)
  }

  async *entries(from: number, to: number = Infinity): AsyncGenerator<Entry> {
    for (let next = from; ;) {
      const rows = await this.#rows(
        `SELECT place::text AS at, encode(entry, 'hex') AS bytes FROM ${this.#schema}.records
         WHERE place >= $1 AND place < $2 ORDER BY place LIMIT ${PAGE}`,
        [next, Math.min(to, Number.MAX_SAFE_INTEGER)],
      )
      for (const { at, bytes } of rows) yield { index: Number(at), bytes: fromHex(bytes) }
      if (rows.length < PAGE) return
      next = Number(rows.at(-1)!['at']) + 1
    }
  }

  async pieces(): Promise<readonly number[]> {
    const [ends] = await this.#rows(
      `SELECT min(place)::text AS first, max(place)::text AS last FROM ${this.#schema}.records`,
    )
    const { first: least, last: most } = ends ?? {}
    if (typeof least !== 'string') return []
    const [first, last] = [Number(least), Number(most)]
    const pieces = [first]
    for (let next = (Math.floor(first / PIECE) + 1) * PIECE; next <= last; next += PIECE) pieces.push(next)
    return pieces
  }

  async tile(level: number, n: number, width: number): Promise<readonly Uint8Array[]> {
    const [row] = await this.#rows(
      `SELECT encode(hashes, 'hex') AS hashes FROM ${this.#schema}.tiles WHERE level = $1 AND n = $2`,
      [level, n],
    )
    const hashes = hashesIn(fromHex(row?.['hashes'])).slice(0, width)
    if (hashes.length === width) return hashes
    throw auditError('ERR_AUDIT_DAMAGED', {
      message: `A tile of the audit log is missing: level ${level}, number ${n}`,
    })
  }

  async checkpoint(): Promise<string | undefined> {
    return (await this.#rows(`SELECT note FROM ${this.#schema}.head`))[0]?.['note'] ?? undefined
  }

  async witnessed(): Promise<string | undefined> {
    return (await this.#rows(`SELECT witnessed FROM ${this.#schema}.head`))[0]?.['witnessed'] ?? undefined
  }

  refOf(person: PersonId): Promise<string | undefined> {
    return this.#ask((run) => this.#people.refOf(run, person))
  }

  keyOf(ref: string): Promise<Buffer | undefined> {
    return this.#ask((run) => this.#people.keyOf(run, ref))
  }

  #rows(text: string, values: readonly unknown[] = []): Promise<readonly TextRow[]> {
    return this.#ask((run) => run(text, values))
  }

  #ask<Result>(work: Parameters<typeof transaction<Result>>[1]): Promise<Result> {
    return transaction(this.#pool, work).catch((thrown: unknown) => {
      throw unavailable(thrown)
    })
  }
}
