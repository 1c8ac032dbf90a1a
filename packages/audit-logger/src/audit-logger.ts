import { resolve } from 'node:path'
import { currentExchange, environmentOf, onSecurityEvent, type Environment, type Exchange } from '@sallyport/core'
import { actionGate } from './action.ts'
import { around, callAround } from './around.ts'
import { CheckpointSender } from './away/sender.ts'
import type { AuditLogger } from './contract.ts'
import { exported } from './export/export.ts'
import { auditRoutes } from './http/routes.ts'
import { folderLog } from './log/backend.ts'
import type { Draft } from './log/messages.ts'
import { checkAuditLoggerOptions, matcher, type AuditLoggerOptions } from './options.ts'
import { privacyOf } from './privacy.ts'
import { proveRecord } from './proof/prove.ts'
import type { LogSource } from './read/log-reader.ts'
import { openRecord } from './read/record.ts'
import { cleaner } from './record/clean.ts'
import { checkOwnType, draftOf } from './record/draft.ts'
import type { AuditEvent, AuditReceipt } from './record/event.ts'
import { accessEvent, attemptEvent } from './record/helpers.ts'
import { auditEventOf } from './record/of-security-event.ts'
import { Recorder } from './recorder.ts'
import { register, unregister } from './registry.ts'
import { rotateSigningKey } from './rotation.ts'
import { keepingOf } from './retention/keeping.ts'
import { Search } from './search/search.ts'
import { Summaries } from './search/summaries.ts'

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
  const { keyRing } = environment
  const log = options.log ?? folderLog(resolve(options.directory!))
  const backend = log.open({ origin, keyRing, signingKey, encrypt, segmentBytes, sync })
  const recorder = new Recorder({
    environment,
    sync,
    maxWaiting: options.maxWaiting ?? 50_000,
    deadline: options.deadline ?? 5000,
    asyncDelay: options.asyncDelay ?? 50,
    checkpointInterval: options.checkpointInterval ?? 1000,
    writer: () => backend.writer(),
  })
  const isStrict = matcher(options.strict)
  const isIgnored = matcher(options.ignore)
  const redact = redactor(environment, options.redactKeys)
  const summaries = new Summaries()
  const source = (): Promise<LogSource> => backend.source()
  environment.needAsyncContext()

  const draft = (event: AuditEvent, exchange: Exchange | undefined, intent?: number) =>
    draftOf(event, { now: environment.clock.now(), exchange, redact, ...(intent !== undefined && { intent }) })
  const draftHere = (event: AuditEvent, intent?: number) => draft(event, hereIn(environment), intent)

  const draftOfApp = (event: AuditEvent, intent?: number) => {
    checkOwnType(event.type)
    return draftHere(event, intent)
  }

  const stop = onSecurityEvent(
    (event) => {
      if (isIgnored(event.type)) return
      const made = draft(auditEventOf(event), event.exchange)
      if (isStrict(event.type)) event.waitUntil(recorder.write(made))
      else recorder.send(made)
    },
    { env: environment },
  )
  const { checkpointTo: sinks = [], witnesses = [], sendInterval: interval = 60_000 } = options
  const sender = new CheckpointSender({ sinks, witnesses, interval, environment, backend })
  const sends = sinks.length > 0 || witnesses.length > 0
  if (sends) recorder.onCheckpoint((note) => void sender.take(note))

  const searching = async () => {
    await recorder.flush()
    return new Search(await source(), summaries)
  }

  const keeping = keepingOf({
    options: options.retention ?? {},
    recorder,
    draft: draftHere,
    source,
    now: () => environment.clock.now(),
  })
  const stopKeeping = daily(environment, () => (recorder.used ? keeping.retain() : Promise.resolve()))

  // Without `async`: a promise for each record is enough.
  const record = (event: AuditEvent): Promise<AuditReceipt> => {
    let made: Draft
    try {
      made = draftOfApp(event)
    } catch (thrown) {
      return Promise.reject(thrown as Error)
    }
    return recorder.write(made)
  }

  const logger: AuditLogger = {
    record,
    authAttempt: (attempt) => record(attemptEvent(attempt)),
    access: (event) => record(accessEvent(event)),
    action(type, given) {
      checkOwnType(type)
      return actionGate({ type, options: given, environment, strict: isStrict(type), draft, recorder })
    },
    around: (event, act) => around(event, act, { recorder, strict: isStrict(event.type), draft: draftOfApp }),
    call: (event, act) => callAround(event, act, { recorder, strict: isStrict(event.type), draft: draftOfApp }),
    routes: (given) => auditRoutes(logger, environment, given),
    search: async (query = {}, page) => (await searching()).page(query, page),
    async *export(format, query = {}) {
      yield* exported((await searching()).records(query), format)
    },
    checkpoint: () => recorder.checkpoint(),
    async prove(index) {
      await recorder.checkpoint()
      return proveRecord(await source(), index)
    },
    rotateSigningKey: () => rotateSigningKey(backend, signingKey, recorder, draftHere),
    ...privacyOf({ recorder, draft: draftHere, source }),
    ...keeping,
    source,
    onRecord: (listener) => recorder.onRecord((index, line) => listener(openRecord(index, line))),
    health: () => ({ healthy: recorder.healthy, waiting: recorder.waiting }),
    flush: () => recorder.flush(),
    async close() {
      stop()
      unregister(environment)
      stopKeeping()
      const last = await recorder.close(() => draft({ type: 'audit.closed', actor: null }, undefined))
      if (sends && last !== undefined) await sender.take(last, true)
    },
  }
  register(environment, logger)
  environment.onClose(() => logger.close())
  return logger
}

/** Does something once a day; what fails is tried the next day. */
function daily(environment: Environment, act: () => Promise<unknown>): () => void {
  const later = (): (() => void) =>
    environment.clock.after(86_400_000, () => {
      cancel = later()
      act().catch(() => undefined)
    })
  let cancel = later()
  return () => cancel()
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
