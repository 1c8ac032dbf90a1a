import { randomBytes } from 'node:crypto'
import type { Committed, Version } from '@sallyport/core/store'
import type { Step } from './messages.ts'
import type { Bindable, Database, Statement } from './node-sqlite.ts'

// Of two things in Node 22.13: it binds nothing to parameters that have numbers, and NULL for a value without bytes that came from a thread.
const LIVE = 'partition = ? AND id = ? AND expires_at > ?'
const INSERT = `INSERT INTO entries (partition, id, value, version, expires_at, owner) VALUES (?, ?, coalesce(?, x''), ?, ?, ?)
  ON CONFLICT (partition, id) DO UPDATE
  SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at, owner = excluded.owner
  WHERE entries.expires_at <= ?`
const UPDATE = `UPDATE entries SET value = coalesce(?, x''), version = ?, expires_at = ? WHERE ${LIVE}`
const UPDATE_OWNER = `UPDATE entries SET value = coalesce(?, x''), version = ?, expires_at = ?, owner = ? WHERE ${LIVE}`
const DELETE = `DELETE FROM entries WHERE ${LIVE}`

/** Random for each life of the writing thread: versions repeat none of another process or time, and need no counter on the disk. */
const STAMP_BYTES = 12

/** A statement, and the same for an entry in one certain state. */
interface Conditional {
  readonly any: Statement
  readonly same: Statement
}

/** Changes entries on one connection, within the caller's transaction. */
export class Entries {
  readonly #insert: Statement
  readonly #update: Conditional
  readonly #updateOwner: Conditional
  readonly #delete: Conditional
  readonly #stamp = randomBytes(STAMP_BYTES).toString('base64url')
  #versions = 0

  constructor(db: Database) {
    this.#insert = db.prepare(INSERT)
    this.#update = conditional(db, UPDATE)
    this.#updateOwner = conditional(db, UPDATE_OWNER)
    this.#delete = conditional(db, DELETE)
  }

  /** Stops at the first step whose condition does not hold; the caller undoes those before it. */
  commit(partition: string, steps: readonly Step[], now: number): Committed {
    const versions: (Version | undefined)[] = []
    for (const [i, step] of steps.entries()) {
      const version = step.put && `${this.#stamp}.${(++this.#versions).toString(36)}`
      const done = version === undefined ? this.#remove(partition, step, now) : this.#put(partition, step, version, now)
      if (!done) return { ok: false, failed: i }
      versions.push(version)
    }
    return { ok: true, versions }
  }

  #put(partition: string, step: Step, version: Version, now: number): boolean {
    const { value, ttl, owner } = step.put!
    const key = [partition, step.id] as const
    const state = [value, version, now + ttl] as const
    // An owner that is not named stays, and so does its index.
    if (step.if !== 'absent') {
      const updated =
        owner === undefined
          ? run(this.#update, step.version, ...state, ...key, now)
          : run(this.#updateOwner, step.version, ...state, owner, ...key, now)
      if (updated || step.if === 'present') return updated
    }
    return this.#insert.run(...key, ...state, owner ?? null, now).changes !== 0
  }

  #remove(partition: string, step: Step, now: number): boolean {
    return run(this.#delete, step.version, partition, step.id, now) || step.if === undefined
  }
}

function conditional(db: Database, sql: string): Conditional {
  return { any: db.prepare(sql), same: db.prepare(`${sql} AND version = ?`) }
}

/** Answers whether there was what is to be changed. */
function run({ any, same }: Conditional, version: Version | undefined, ...values: readonly Bindable[]): boolean {
  const { changes } = version === undefined ? any.run(...values) : same.run(...values, version)
  return changes !== 0
}
