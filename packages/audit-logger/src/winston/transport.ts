import { accept, checkOptions, optionError, SecurityError, type OptionRules } from '@sallyport/core'
import Transport from 'winston-transport'
import type { AuditLogger } from '../contract.ts'
import { isEventType } from '../record/draft.ts'

/** Options of `SallyportTransport`. */
export interface SallyportTransportOptions {
  /** The log that records. */
  readonly audit: Pick<AuditLogger, 'record'>
  /** Least level that is recorded, as with any transport. @default the logger's */
  readonly level?: string
  /** Type of event for lines that have none of their own, in `type`. @default 'app.log' */
  readonly type?: string
}

const rules: OptionRules<SallyportTransportOptions> = {
  audit: { accepts: 'an auditLogger()', test: (v) => typeof (v as AuditLogger | null)?.record === 'function' },
  level: accept.string,
  type: accept.string,
}

/** Whether it is the log that could not, and not the line. */
function isUnavailable(thrown: unknown): boolean {
  return SecurityError.is(thrown) && thrown.status === 503
}

/** Members that winston adds. */
const WINSTONS = new Set(['level', 'message', 'type', 'timestamp'])

/** Most lines that are being recorded; then winston waits. */
const MOST = 1000

/**
 * A winston transport that records: `logger.info('Order approved', { type: 'order.approved' })`. What was written
 * is durable when the transport has finished, as after `logger.end()`; what could not be recorded is the transport's `error`.
 */
export class SallyportTransport extends Transport {
  readonly #audit: Pick<AuditLogger, 'record'>
  readonly #type: string
  #open = 0
  #waiting: (() => void) | undefined
  #done: (() => void) | undefined

  constructor(options: SallyportTransportOptions) {
    checkOptions<SallyportTransportOptions>('SallyportTransport', options, rules)
    if (options.audit === undefined) throw optionError('SallyportTransport', 'audit', undefined, rules.audit)
    super(options.level === undefined ? {} : { level: options.level })
    this.#audit = options.audit
    this.#type = options.type ?? 'app.log'
  }

  override log(info: Readonly<Record<string, unknown>>, next: () => void): void {
    const { level, message, type } = info
    // A word that is no type is data like any other; what the app writes there may come from outside.
    const rest = Object.fromEntries(
      Object.entries(info).filter(([name]) => !WINSTONS.has(name) || (name === 'type' && !isEventType(type))),
    )
    const event = {
      type: isEventType(type) ? type : this.#type,
      outcome: level === 'error' ? ('failure' as const) : ('success' as const),
      detail: { level },
      // Nobody knows what the app writes there.
      personal: { message: String(message), ...rest },
    }
    this.#open++
    // What is too large, or can be written in no way, is no reason to end the app: that it was there is recorded.
    const record = this.#audit.record(event).catch((thrown: unknown) => {
      if (isUnavailable(thrown)) throw thrown
      return this.#audit.record({
        type: this.#type,
        outcome: event.outcome,
        detail: { level: String(level), unwritable: true },
      })
    })
    record.then(
      () => this.#settle(),
      (thrown: unknown) => {
        this.#settle()
        this.emit('error', thrown)
      },
    )
    // Not one at a time: what is written meanwhile shares the next `fsync`.
    if (this.#open < MOST) next()
    else this.#waiting = next
  }

  /** Winston's `end()`: what was written is durable before `finish`. */
  override _final(done: () => void): void {
    if (this.#open === 0) done()
    else this.#done = done
  }

  #settle(): void {
    this.#open--
    const next = this.#waiting
    this.#waiting = undefined
    next?.()
    if (this.#open === 0) this.#done?.()
  }
}
