import type { Environment } from '@sallyport/core'
import { auditError } from './errors.ts'
import { batchOf } from './log/complete.ts'
import type { Draft, Opened, Order, Results } from './log/messages.ts'
import { Queue } from './log/queue.ts'
import type { AuditReceipt } from './record/event.ts'
import { whenIdle } from './idle.ts'
import { strayReporter } from './stray.ts'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** After a crash the end of the log was torn; it was cut. Nothing that was acknowledged was in it. */
    'audit.recovered': { readonly bytes: number; readonly sha256: string; readonly segment: string }
    /** Records were not taken, because the log could not be written and no more could be held. */
    'audit.gap': { readonly count: number; readonly from: string; readonly to: string }
  }
}

/** What writes a log: a thread, or a database. One order after the other. */
export interface LogWriter {
  serve<O extends Order>(order: O): Promise<Results[O['do']]>
}

/** What a recorder is made with. */
export interface RecorderSettings {
  readonly writer: () => Promise<LogWriter>
  readonly environment: Environment
  readonly maxWaiting: number
  readonly checkpointInterval: number
  /** How long anybody waits for a batch, in milliseconds. */
  readonly deadline: number
  /** How long what nobody waits for may gather, in milliseconds. */
  readonly asyncDelay: number
  readonly sync: boolean
}

/** Hears of each record that was written. The text is its open part. */
export type RecordListener = (index: number, line: string) => void
/** Hears of each checkpoint. */
export type CheckpointListener = (note: string) => void

/** Records that nobody waited for and that could not be written. */
interface Gap {
  count: number
  readonly from: number
  to: number
}

/** Takes records, writes them in batches, and signs checkpoints. What nobody waits for is held while the log cannot be written. */
export class Recorder {
  readonly #settings: RecorderSettings
  readonly #queue: Queue
  readonly #recordListeners = new Set<RecordListener>()
  readonly #checkpointListeners = new Set<CheckpointListener>()
  readonly #reportStray = strayReporter('A listener to audit records')
  #writer: Promise<LogWriter> | undefined
  #held: Draft[] = []
  #gap: Gap | undefined
  #healthy = true
  #dirty = false
  #closed: Promise<string | undefined> | undefined
  #cancelTick: (() => void) | undefined

  constructor(settings: RecorderSettings) {
    this.#settings = settings
    const { maxWaiting, sync } = settings
    const { clock } = settings.environment
    this.#queue = new Queue({
      append: (drafts) => this.#append(drafts),
      records: maxWaiting,
      characters: maxWaiting * 2048,
      durable: sync,
      gather: (call) => whenIdle(clock, settings.asyncDelay, call),
      giveUp: (call) => clock.after(settings.deadline, call),
      onStalled: () => this.#become(false, 'ERR_AUDIT_UNAVAILABLE'),
    })
  }

  readonly #onRefused = (_: unknown, draft: Draft): void => this.#hold(draft)

  get healthy(): boolean {
    return this.#healthy
  }

  /** Whether anything was recorded yet. */
  get used(): boolean {
    return this.#writer !== undefined
  }

  get waiting(): number {
    return this.#queue.length + this.#held.length
  }

  onRecord(listener: RecordListener): () => void {
    this.#recordListeners.add(listener)
    return () => void this.#recordListeners.delete(listener)
  }

  onCheckpoint(listener: CheckpointListener): () => void {
    this.#checkpointListeners.add(listener)
    return () => void this.#checkpointListeners.delete(listener)
  }

  /** Writes a record; the answer comes once it is durable. @throws SecurityError 503 */
  write(draft: Draft): Promise<AuditReceipt> {
    return this.#closed === undefined ? this.#queue.add(draft) : Promise.reject(auditError('ERR_AUDIT_CLOSED'))
  }

  /** Writes a record for which nobody waits. What cannot be written now is held; what cannot be held is counted, and that is recorded. */
  send(draft: Draft): void {
    if (this.#closed !== undefined) return
    this.#queue.offer(draft, this.#onRefused)
  }

  async order<O extends Order>(order: O): Promise<Results[O['do']]> {
    return (await this.#open()).serve(order)
  }

  async checkpoint(): Promise<string> {
    await this.#queue.drained()
    const { note } = await this.order({ do: 'checkpoint' })
    for (const listener of this.#checkpointListeners) this.#tell(() => listener(note))
    return note
  }

  /** Waits until all that was recorded is written, or cannot be. */
  async flush(): Promise<void> {
    this.#release()
    await this.#queue.drained()
  }

  /** Records a last record and answers the last checkpoint; nothing where the log was never opened. */
  close(last: () => Draft): Promise<string | undefined> {
    return (this.#closed ??= this.#close(last))
  }

  async #close(last: () => Draft): Promise<string | undefined> {
    this.#cancelTick?.()
    if (this.#writer === undefined && this.waiting === 0) return undefined
    await this.flush()
    // What was held has made room for the word that there was more.
    if (this.#gap !== undefined) await this.flush()
    try {
      await this.#queue.add(last())
      return await this.checkpoint()
    } finally {
      await (await this.#open()).serve({ do: 'close' })
    }
  }

  async #append(drafts: readonly Draft[]): Promise<Results['append']> {
    try {
      const result = await (await this.#open()).serve({ do: 'append', batch: batchOf(drafts) })
      if (result.opened !== undefined) this.#found(result.opened)
      this.#dirty = true
      this.#wakeUp()
      this.#become(true)
      if (this.#recordListeners.size > 0) this.#tellRecords(result.first, drafts)
      return result
    } catch (thrown) {
      this.#wakeUp()
      this.#become(false, (thrown as { code?: string }).code)
      throw thrown
    }
  }

  #open(): Promise<LogWriter> {
    return (this.#writer ??= this.#settings.writer().catch((thrown: unknown) => {
      this.#writer = undefined
      throw unavailable(thrown)
    }))
  }

  /** A torn end is told to all who listen to events; so it is recorded, too. */
  #found({ cut }: Opened): void {
    if (cut !== undefined) void this.#publish('audit.recovered', cut)
  }

  #hold(draft: Draft): void {
    const { maxWaiting, environment } = this.#settings
    this.#wakeUp()
    if (this.#held.length < maxWaiting) {
      this.#held.push(draft)
      return
    }
    const now = environment.clock.now()
    this.#gap ??= { count: 0, from: now, to: now }
    this.#gap.count++
    this.#gap.to = now
  }

  /** Tries what is held again. */
  #release(): void {
    const held = this.#held
    this.#held = []
    for (const draft of held) this.send(draft)
    const gap = this.#gap
    // Only where it will not be left out itself.
    if (gap === undefined || !this.#healthy || !this.#queue.hasRoom) return
    this.#gap = undefined
    void this.#publish('audit.gap', {
      count: gap.count,
      from: new Date(gap.from).toISOString(),
      to: new Date(gap.to).toISOString(),
    })
  }

  #wakeUp(): void {
    if (this.#closed !== undefined) return
    this.#cancelTick ??= this.#settings.environment.clock.after(
      this.#settings.checkpointInterval,
      () => void this.#tick(),
    )
  }

  async #tick(): Promise<void> {
    this.#cancelTick = undefined
    if (this.#closed !== undefined) return
    this.#release()
    if (!this.#dirty) return
    this.#dirty = false
    try {
      await this.checkpoint()
    } catch {
      this.#dirty = true
      this.#wakeUp()
    }
  }

  #become(healthy: boolean, detail?: string): void {
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    void this.#publish('health.changed', { part: 'audit-log', healthy, ...(detail !== undefined && { detail }) })
    if (healthy) this.#release()
  }

  async #publish(...event: Parameters<Environment['publish']>): Promise<void> {
    try {
      await this.#settings.environment.publish(...event)
    } catch {
      // Who refuses what the log says of itself stops nothing.
    }
  }

  #tellRecords(first: number, drafts: readonly Draft[]): void {
    for (const [i, { line }] of drafts.entries()) {
      for (const listener of this.#recordListeners) this.#tell(() => listener(first + i, line))
    }
  }

  #tell(call: () => void): void {
    try {
      call()
    } catch (thrown) {
      this.#reportStray(thrown)
    }
  }
}

function unavailable(thrown: unknown): unknown {
  const { code, status, syscall } = thrown as NodeJS.ErrnoException & { status?: number }
  if (status !== undefined) return thrown
  return auditError('ERR_AUDIT_UNAVAILABLE', {
    message: `The audit log cannot be opened: ${code ?? 'an unexpected error'}${syscall === undefined ? '' : ` at ${syscall}`}`,
  })
}
