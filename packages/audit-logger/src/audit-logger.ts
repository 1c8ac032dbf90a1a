import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import {
  currentExchange,
  environmentOf,
  onSecurityEvent,
  type Environment,
  type Exchange,
  type Middleware,
} from '@sallyport/core'
import { actionGate, type ActionOptions } from './action.ts'
import { openIdentity } from './log/identity.ts'
import { WritingThread } from './log/thread.ts'
import { checkAuditLoggerOptions, matcher, type AuditLoggerOptions } from './options.ts'
import { cleaner } from './record/clean.ts'
import { draftOf } from './record/draft.ts'
import type { AuditEvent, AuditReceipt } from './record/event.ts'
import { auditEventOf } from './record/of-security-event.ts'
import { Recorder } from './recorder.ts'

/** An audit log that is being written. */
export interface AuditLogger {
  /**
   * Records an event. Who did it and from where is taken from the request that is being served. The receipt comes once the disk has the
   * record; whoever need not know that does not wait.
   * @throws SecurityError ERR_AUDIT_UNAVAILABLE, ERR_AUDIT_LOCKED, ERR_AUDIT_DAMAGED, ERR_AUDIT_OVERLOADED, ERR_AUDIT_CLOSED (503),
   *   ERR_AUDIT_EVENT (500)
   */
  record(event: AuditEvent): Promise<AuditReceipt>
  /**
   * A middleware that records what happens on a route, with its outcome. For a strict type the intent is on the disk before the handler
   * runs, and the outcome before the response ends; else the request is refused with 503.
   */
  action(type: AuditEvent['type'], options?: ActionOptions): Middleware
  /** Signs the state of the log now. Answers the checkpoint: a signed note. */
  checkpoint(): Promise<string>
  /** Waits until all that was recorded is written. */
  flush(): Promise<void>
  /** Ends recording. The environment does it when it closes. */
  close(): Promise<void>
}

/**
 * Records every security event of its environment, and what the app records itself, in a log that can be verified.
 *
 * ```ts
 * const audit = auditLogger({ directory: '/var/lib/shop/audit' })
 * await audit.record({ type: 'invoice.approved', resource: { type: 'invoice', id: '17' } })
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function auditLogger(options: AuditLoggerOptions): AuditLogger {
  checkAuditLoggerOptions(options)
  const environment = environmentOf(options)
  const { sync = true, encrypt = false, segmentBytes = 33_554_432, signingKey, origin } = options
  const place = { directory: resolve(options.directory), keyRing: environment.keyRing, signingKey }
  const mark = randomBytes(12).toString('hex')
  const recorder = new Recorder({
    environment,
    sync,
    maxWaiting: options.maxWaiting ?? 50_000,
    checkpointInterval: options.checkpointInterval ?? 1000,
    writer: async () => {
      const identity = await openIdentity(place, origin)
      return new WritingThread({ ...identity, directory: place.directory, encrypt, segmentBytes, sync, mark })
    },
  })
  const isStrict = matcher(options.strict)
  const isIgnored = matcher(options.ignore)
  const redact = redactor(environment, options.redactKeys)
  environment.needAsyncContext()

  const draft = (event: AuditEvent, exchange: Exchange | undefined, intent?: number) =>
    draftOf(event, { now: environment.clock.now(), exchange, redact, ...(intent !== undefined && { intent }) })

  const stop = onSecurityEvent(
    (event) => {
      if (isIgnored(event.type)) return
      const made = draft(auditEventOf(event), event.exchange)
      if (isStrict(event.type)) event.waitUntil(recorder.write(made))
      else recorder.send(made)
    },
    { env: environment },
  )

  const logger: AuditLogger = {
    record: async (event) => recorder.write(draft(event, hereIn(environment))),
    action: (type, given) => actionGate({ type, options: given, environment, strict: isStrict(type), draft, recorder }),
    checkpoint: () => recorder.checkpoint(),
    flush: () => recorder.flush(),
    close() {
      stop()
      return recorder.close(() => draft({ type: 'audit.closed', actor: null }, undefined))
    },
  }
  environment.onClose(() => logger.close())
  return logger
}

/** The request that is being served, if it is one of this environment. */
function hereIn(environment: Environment): Exchange | undefined {
  const exchange = currentExchange()
  return exchange?.environment === environment ? exchange : undefined
}

/** By pii-redactor where it is there; secrets go by their names in any case. */
function redactor(environment: Environment, names: readonly string[] | undefined): (value: unknown) => unknown {
  const clean = cleaner(names)
  return (value) => {
    const cleaned = clean(value)
    return environment.ports.has('redact') ? environment.ports.ask('redact')(cleaned) : cleaned
  }
}
