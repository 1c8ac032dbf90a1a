import { Counters } from './counters.ts'
import { Ended } from './ended.ts'
import { Entries } from './entries.ts'
import type { SqliteErrorCode } from './errors.ts'
import { patiently } from './lock.ts'
import { Logs } from './logs.ts'
import type { Batch, Job, Outcome, Results } from './messages.ts'
import type { Database, Statement } from './node-sqlite.ts'
import type { OpenFile } from './open.ts'
import { Reads } from './reads.ts'
import { SCHEMA, SCHEMA_QUESTION, schemaOf } from './schema.ts'
import { codeOf, Trouble } from './trouble.ts'

/** Does batches on one open file. */
export class Session {
  readonly #file: OpenFile
  readonly #db: Database
  readonly #reads: Reads
  readonly #entries: Entries
  readonly #counters: Counters
  readonly #logs: Logs
  readonly #ended: Ended
  readonly #steps: { readonly [Name in 'commit' | 'mark' | 'back' | 'unmark' | 'schema']: Statement }

  constructor(file: OpenFile) {
    const { db } = file
    this.#file = file
    this.#db = db
    this.#reads = new Reads(db)
    this.#entries = new Entries(db)
    this.#counters = new Counters(db)
    this.#logs = new Logs(db)
    this.#ended = new Ended(db)
    this.#steps = {
      commit: db.prepare('COMMIT'),
      mark: db.prepare('SAVEPOINT job'),
      back: db.prepare('ROLLBACK TO job'),
      unmark: db.prepare('RELEASE job'),
      schema: db.prepare(SCHEMA_QUESTION),
    }
  }

  /**
   * One transaction for all jobs: one wait for the disk. Each job happens or not by itself; when the transaction does not come about,
   * none has.
   * @throws the exception of SQLite, or Trouble
   */
  run({ jobs, now }: Batch): Outcome[] {
    if (!jobs.some(writes)) return this.#ask(jobs, now)
    this.#file.lock.take()
    try {
      // Another process may have brought the file to a schema that this code would spoil.
      if (schemaOf(this.#steps.schema) !== SCHEMA) throw new Trouble('ERR_SQLITE_NEWER')
      const outcomes = jobs.map((job) => this.#attempt(job, now))
      // Who sweeps is told how much that was.
      if (!jobs.some((job) => job.do === 'sweep')) this.#ended.removeAlong(jobs.length, now)
      this.#steps.commit.run()
      return outcomes
    } catch (thrown) {
      this.#rollBack()
      this.#makeRoom(codeOf(thrown))
      throw thrown
    }
  }

  /** Shrinks the WAL to nothing, unless somebody reads or writes. */
  tidy(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.#db.close()
  }

  #ask(jobs: readonly Job[], now: number): Outcome[] {
    let outcomes: Outcome[] = []
    patiently(() => void (outcomes = jobs.map((job) => ({ result: this.#do(job, now) }))))
    return outcomes
  }

  /** @throws when there is no way back to where the job began: then SQLite has undone the whole transaction */
  #attempt(job: Job, now: number): Outcome {
    const { mark, back, unmark } = this.#steps
    mark.run()
    let outcome: Outcome
    try {
      const result = this.#do(job, now)
      outcome = { result }
      if (job.do === 'commit' && !(result as Results['commit']).ok) back.run()
    } catch (thrown) {
      outcome = { code: codeOf(thrown) }
      back.run()
    }
    unmark.run()
    return outcome
  }

  #do(job: Job, now: number): Results[keyof Results] {
    switch (job.do) {
      case 'commit':
        return this.#entries.commit(job.partition, job.steps, now)
      case 'increment':
        return this.#counters.increment(job.partition, job.id, job.by, job.ttl, now)
      case 'append':
        return this.#logs.append(job.log, job.value, job.ttl, now)
      case 'sweep':
        return this.#ended.remove(job.most, now)
      case 'open':
        return this.#file.birth
      default:
        return this.#reads.answer(job, now)
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK')
    } catch {
      // SQLite has done so itself.
    }
  }

  /** What is in the WAL may fit into what the file has free, and then the WAL begins anew in the place that it has. */
  #makeRoom(code: SqliteErrorCode): void {
    if (code !== 'ERR_SQLITE_FULL' && code !== 'ERR_SQLITE_DISK') return
    try {
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // It does not.
    }
  }
}

function writes(job: Job): boolean {
  return job.do === 'commit' || job.do === 'increment' || job.do === 'append' || job.do === 'sweep'
}
