import type { Database, Statement } from './node-sqlite.ts'
import { codeOf } from './trouble.ts'

/**
 * Longest wait for a lock, in milliseconds. Longer than a caller's deadline: where many processes write, late is better than never; one
 * that keeps the lock must not keep this thread.
 */
const PATIENCE = 2000

/** Shortest and longest pause between two attempts, in milliseconds. */
const SHORT = 0.2
const LONG = 1

/** Tries until it is not another process's lock that is in the way, or for too long. Blocks this thread. Answers the number of attempts. */
export function patiently(attempt: () => void): number {
  let pause = SHORT
  let waited = 0
  for (let attempts = 1; ; attempts++) {
    try {
      attempt()
      return attempts
    } catch (thrown) {
      if (codeOf(thrown) !== 'ERR_SQLITE_BUSY' || waited >= PATIENCE) throw thrown
    }
    sleep(pause)
    waited += pause
    pause = Math.min(pause * 1.5, LONG)
  }
}

/**
 * The one write lock of the file, among all processes.
 *
 * SQLite's own waiting pauses for up to 100 ms, while a process with much to write leaves the lock free for a tenth of one: it would have
 * the lock to itself. So this one pauses shortly, and who had to wait lets the others go first the next time.
 */
export class WriteLock {
  readonly #begin: Statement
  #contended = false

  constructor(db: Database) {
    this.#begin = db.prepare('BEGIN IMMEDIATE')
  }

  /** Begins a transaction that may write. Blocks this thread. @throws the exception of SQLite when others keep the lock */
  take(): void {
    if (this.#contended) sleep(LONG)
    this.#contended = patiently(() => void this.#begin.run()) > 1
  }
}

const nothing = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread: never to be called on the app's. */
export function sleep(milliseconds: number): void {
  Atomics.wait(nothing, 0, 0, milliseconds)
}
