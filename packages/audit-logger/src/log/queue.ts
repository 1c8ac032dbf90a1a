import { auditError } from '../errors.ts'
import type { AuditReceipt } from '../record/event.ts'
import type { Draft, Opened } from './messages.ts'

/** Most that shares one batch, in records and characters. */
const BATCH_RECORDS = 2000
const BATCH_CHARACTERS = 4_194_304

/** Writes a batch and answers the index of its first record once all of it is durable. */
export type Append = (drafts: readonly Draft[]) => Promise<{ readonly first: number; readonly opened?: Opened }>

interface Waiting {
  readonly draft: Draft
  readonly size: number
  resolve(receipt: AuditReceipt): void
  reject(reason: unknown): void
}

/** Bounds of what waits. */
export interface QueueLimits {
  readonly records: number
  readonly characters: number
}

/** Calls later; answers how to take that back. */
export type Later = (call: () => void) => () => void

/**
 * Group commit: while one batch is being written, what is recorded gathers, and goes as the next one. Where nobody waits, records gather for
 * a moment first, because one `fsync` each costs more than all else of them. When too much waits, more is refused at once.
 */
export class Queue {
  readonly #append: Append
  readonly #limits: QueueLimits
  readonly #durable: boolean
  readonly #later: Later
  #waiting: Waiting[] = []
  #characters = 0
  #busy = false
  #due = false
  /** Whether somebody waits for a record that waits. */
  #hurried = false
  #cancelLater: (() => void) | undefined
  #idle: (() => void)[] = []

  /** @param durable what receipts say. @param later when to write what nobody waits for */
  constructor(append: Append, limits: QueueLimits, durable: boolean, later: Later) {
    this.#append = append
    this.#limits = limits
    this.#durable = durable
    this.#later = later
  }

  /** Records that wait to be written. */
  get length(): number {
    return this.#waiting.length
  }

  /** @param waits whether somebody waits for it. @throws SecurityError ERR_AUDIT_OVERLOADED, or why it could not be written */
  add(draft: Draft, waits: boolean): Promise<AuditReceipt> {
    const size = sizeOf(draft)
    const { records, characters } = this.#limits
    if (this.#waiting.length >= records || (this.#characters > 0 && this.#characters + size > characters)) {
      return Promise.reject(auditError('ERR_AUDIT_OVERLOADED'))
    }
    return new Promise((resolve, reject) => {
      this.#characters += size
      this.#waiting.push({ draft, size, resolve, reject })
      this.#hurried ||= waits
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#busy || this.#due) return
    if (!this.#hurried && this.#waiting.length < Math.min(BATCH_RECORDS, this.#limits.records) / 2) {
      this.#cancelLater ??= this.#later(() => this.#send())
      return
    }
    this.#due = true
    // Together with what else is recorded in this step of the app.
    queueMicrotask(() => {
      this.#due = false
      this.#send()
    })
  }

  /** Is settled when nothing waits. */
  drained(): Promise<void> {
    if (!this.#busy && this.#waiting.length === 0) return Promise.resolve()
    this.#hurried = true
    this.#schedule()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #send(): void {
    if (this.#busy) return
    this.#cancelLater?.()
    this.#cancelLater = undefined
    const batch = this.#next()
    if (batch.length === 0) {
      const idle = this.#idle
      this.#idle = []
      for (const resolve of idle) resolve()
      return
    }
    this.#busy = true
    this.#append(batch.map(({ draft }) => draft)).then(
      ({ first }) => {
        this.#busy = false
        // First of all, so that it is written while the answers are read.
        this.#goOn()
        for (const [i, { resolve }] of batch.entries()) resolve({ index: first + i, durable: this.#durable })
      },
      (thrown: unknown) => {
        this.#busy = false
        this.#goOn()
        for (const { reject } of batch) reject(thrown)
      },
    )
  }

  #goOn(): void {
    if (this.#waiting.length > 0 && !this.#hurried) this.#schedule()
    else this.#send()
  }

  #next(): Waiting[] {
    let characters = 0
    let count = 0
    for (const { size } of this.#waiting) {
      if (count === BATCH_RECORDS || (count > 0 && characters + size > BATCH_CHARACTERS)) break
      characters += size
      count++
    }
    this.#characters -= characters
    if (count === this.#waiting.length) {
      const all = this.#waiting
      this.#hurried = false
      this.#waiting = []
      return all
    }
    return this.#waiting.splice(0, count)
  }
}

function sizeOf({ line, people }: Draft): number {
  return line.length + people.length
}
