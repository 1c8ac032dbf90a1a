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
  /** Whether somebody waits for it. */
  readonly waits: boolean
  readonly resolve: (receipt: AuditReceipt) => void
  readonly reject: (reason: unknown, draft: Draft) => void
}

const nobodyAsks = (): void => undefined

/** Calls later; answers how to take that back. */
export type Later = (call: () => void) => () => void

/** What a queue is made with. */
export interface QueueSettings {
  readonly append: Append
  /** Most that waits. */
  readonly records: number
  readonly characters: number
  /** What receipts say. */
  readonly durable: boolean
  /** When to write what nobody waits for. */
  readonly gather: Later
  /** When whoever waits for a batch has waited long enough. */
  readonly giveUp: Later
  /** Hears that a batch takes too long. */
  readonly onStalled: () => void
}

/**
 * Group commit: while one batch is being written, what is recorded gathers, and goes as the next one. Where nobody waits, records gather for
 * a moment first, because one `fsync` each costs more than all else of them. When too much waits, more is refused at once. When a batch takes
 * too long, whoever waits is refused until it is over; what nobody waits for goes on waiting.
 */
export class Queue {
  readonly #settings: QueueSettings
  #waiting: Waiting[] = []
  #characters = 0
  #busy = false
  #due = false
  /** Whether somebody waits for a record that waits. */
  #hurried = false
  #stalled = false
  #cancelGather: (() => void) | undefined
  /** How many were ever added, and how many of them are settled. */
  #added = 0
  #settled = 0
  #drains: { readonly until: number; readonly resolve: () => void }[] = []

  constructor(settings: QueueSettings) {
    this.#settings = settings
  }

  /** Records that wait to be written. */
  get length(): number {
    return this.#waiting.length
  }

  /** Whether one more will certainly find a place. */
  get hasRoom(): boolean {
    const { records, characters } = this.#settings
    return this.#waiting.length < records / 2 && this.#characters < characters / 2
  }

  /** Somebody waits. @throws SecurityError ERR_AUDIT_OVERLOADED, or why it could not be written */
  add(draft: Draft): Promise<AuditReceipt> {
    const size = sizeOf(draft)
    if (this.#stalled) return Promise.reject(stalled())
    if (!this.#fits(size)) return Promise.reject(auditError('ERR_AUDIT_OVERLOADED'))
    return new Promise((resolve, reject) => this.#take({ draft, size, waits: true, resolve, reject }))
  }

  /** Nobody waits; a promise for each would cost more than the rest. @param reject hears that it could not be written */
  offer(draft: Draft, reject: Waiting['reject']): void {
    const size = sizeOf(draft)
    if (this.#fits(size)) this.#take({ draft, size, waits: false, resolve: nobodyAsks, reject })
    else reject(undefined, draft)
  }

  #fits(size: number): boolean {
    const { records, characters } = this.#settings
    return this.#waiting.length < records && (this.#characters === 0 || this.#characters + size <= characters)
  }

  #take(waiting: Waiting): void {
    this.#characters += waiting.size
    this.#added++
    this.#waiting.push(waiting)
    this.#hurried ||= waiting.waits
    this.#schedule()
  }

  #schedule(): void {
    if (this.#busy || this.#due) return
    if (!this.#hurried && this.#waiting.length < Math.min(BATCH_RECORDS, this.#settings.records) / 2) {
      this.#cancelGather ??= this.#settings.gather(() => this.#send())
      return
    }
    this.#due = true
    // Together with what else is recorded in this step of the app.
    queueMicrotask(() => {
      this.#due = false
      this.#send()
    })
  }

  /** Is settled when nothing waits any more of what waits now; what comes meanwhile is not waited for. */
  drained(): Promise<void> {
    if (this.#settled === this.#added) return Promise.resolve()
    this.#hurried = true
    this.#schedule()
    return new Promise((resolve) => this.#drains.push({ until: this.#added, resolve }))
  }

  #send(): void {
    if (this.#busy) return
    this.#cancelGather?.()
    this.#cancelGather = undefined
    const batch = this.#next()
    if (batch.length === 0) return
    this.#busy = true
    const { append, giveUp, durable } = this.#settings
    const cancel = giveUp(() => this.#stall(batch))
    const end = (): void => {
      cancel()
      this.#busy = false
      this.#stalled = false
      // First of all, so that it is written while the answers are read.
      this.#goOn()
    }
    append(batch.map(({ draft }) => draft)).then(
      ({ first }) => {
        end()
        for (const [i, { resolve }] of batch.entries()) resolve({ index: first + i, durable })
        this.#settle(batch.length)
      },
      (thrown: unknown) => {
        end()
        for (const { reject, draft } of batch) reject(thrown, draft)
        this.#settle(batch.length)
      },
    )
  }

  #goOn(): void {
    if (this.#waiting.length === 0) return
    if (this.#hurried) this.#send()
    else this.#schedule()
  }

  /** Refuses whoever waits. What is being written may be there in the end, and is no promise to anybody. */
  #stall(batch: readonly Waiting[]): void {
    this.#stalled = true
    this.#settings.onStalled()
    const left = this.#waiting.filter(({ waits }) => waits)
    this.#waiting = this.#waiting.filter(({ waits }) => !waits)
    for (const { size } of left) this.#characters -= size
    for (const { waits, reject, draft } of [...batch, ...left]) if (waits) reject(stalled(), draft)
    this.#settle(left.length)
  }

  #settle(count: number): void {
    this.#settled += count
    const over = this.#drains.filter(({ until }) => until <= this.#settled)
    if (over.length === 0) return
    this.#drains = this.#drains.filter(({ until }) => until > this.#settled)
    for (const { resolve } of over) resolve()
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

function stalled(): Error {
  return auditError('ERR_AUDIT_UNAVAILABLE', { message: 'The audit log takes too long to be written' })
}

function sizeOf({ line, people }: Draft): number {
  return line.length + people.length
}
