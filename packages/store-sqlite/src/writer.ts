import type { Transferable } from 'node:worker_threads'
import type { Clock } from '@sallyport/core'
import type { Birth } from './birth.ts'
import { unavailable } from './errors.ts'
import type { Job, Outcome, Reply, Results } from './messages.ts'
import { WritingThread } from './thread.ts'
import { codeOf } from './trouble.ts'

/** Most that waits, in jobs and in bytes of values. */
const MOST_JOBS = 10_000
const MOST_BYTES = 67_108_864

/** Most that shares one transaction; what is larger goes alone. */
const BATCH_JOBS = 1000
const BATCH_BYTES = 4_194_304

/** Values from this size on are handed over and not copied, in bytes. */
const LARGE = 16_384

interface Waiting {
  readonly job: Job
  readonly size: number
  readonly tidy: boolean
  resolve(result: Results[keyof Results]): void
  reject(reason: Error): void
}

/**
 * What waits to be written. While the writing thread waits for the disk, what is asked for gathers here; then it goes as one
 * batch.
 */
export class Writer {
  readonly #thread: WritingThread
  readonly #clock: Clock
  readonly #onBirth: (birth: Birth) => void
  readonly #waiting: Waiting[] = []
  #bytes = 0
  #batches = 0
  #busy = false
  #due = false
  #onIdle: () => void = () => undefined

  /** `onBirth` hears of each file that was opened, before whoever asked is answered. */
  constructor(path: string, clock: Clock, onBirth: (birth: Birth) => void) {
    this.#thread = new WritingThread(path)
    this.#clock = clock
    this.#onBirth = onBirth
  }

  /** Number of batches so far. */
  get batches(): number {
    return this.#batches
  }

  /**
   * Does a job, and answers once it is on the disk. `tidy`: shrinks the WAL afterwards.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  submit<J extends Job>(job: J, tidy = false): Promise<Results[J['do']]> {
    const size = sizeOf(job)
    if (this.#waiting.length >= MOST_JOBS || (this.#bytes > 0 && this.#bytes + size > MOST_BYTES)) {
      return Promise.reject(unavailable('ERR_SQLITE_OVERLOADED'))
    }
    return new Promise((resolve, reject) => {
      this.#bytes += size
      this.#waiting.push({ job, size, tidy, resolve: resolve as Waiting['resolve'], reject })
      if (this.#busy || this.#due) return
      this.#due = true
      // Together with what else is asked for in this step of the app.
      queueMicrotask(() => {
        this.#due = false
        this.#send()
      })
    })
  }

  /** Ends the thread when all that waits is done. */
  async close(): Promise<void> {
    if (this.#busy || this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    await this.#thread.close()
  }

  #send(): void {
    const batch = this.#nextBatch()
    if (batch.length === 0) return this.#onIdle()
    this.#busy = true
    this.#batches++
    const jobs = batch.map(({ job }) => job)
    const order = { now: Math.floor(this.#clock.now()), jobs, tidy: batch.some(({ tidy }) => tidy) }
    this.#thread.serve(order, batch.flatMap(buffersOf)).then(
      (reply) => this.#settle(batch, reply),
      (thrown: unknown) => {
        const outcome = { code: codeOf(thrown) }
        this.#settle(batch, { birth: undefined, outcomes: batch.map(() => outcome) })
      },
    )
  }

  #settle(batch: readonly Waiting[], { birth, outcomes }: Reply): void {
    this.#busy = false
    if (birth !== undefined) this.#onBirth(birth)
    // First of all, so that the thread works while the answers are read.
    this.#send()
    for (const [i, { resolve, reject }] of batch.entries()) {
      const outcome: Outcome = outcomes[i]!
      if ('code' in outcome) reject(unavailable(outcome.code))
      else resolve(outcome.result)
    }
  }

  #nextBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { size } of this.#waiting) {
      if (count === BATCH_JOBS || (count > 0 && bytes + size > BATCH_BYTES)) break
      bytes += size
      count++
    }
    this.#bytes -= bytes
    return this.#waiting.splice(0, count)
  }
}

function valuesOf(job: Job): readonly Uint8Array[] {
  if (job.do === 'append') return [job.value]
  if (job.do === 'commit') return job.steps.flatMap(({ put }) => put?.value ?? [])
  return []
}

function sizeOf(job: Job): number {
  return valuesOf(job).reduce((sum, { byteLength }) => sum + byteLength, 0)
}

function buffersOf({ job, size }: Waiting): Transferable[] {
  // Each value is a copy, alone in its memory.
  return size < LARGE ? [] : valuesOf(job).map(({ buffer }) => buffer as ArrayBuffer)
}
