import type { KeyObject } from 'node:crypto'
import {
  accept,
  acceptEnvironment,
  acceptNumber,
  checkOptions,
  optionError,
  type Environment,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { isCategory } from './catalogue/catalogue.ts'
import type { CheckpointSink } from './away/sinks.ts'
import type { AuditLog } from './log/backend.ts'
import type { RetentionOptions } from './retention/retention.ts'
import type { Witness } from './away/witness.ts'

/** Options of `auditLogger`. */
export interface AuditLoggerOptions {
  /** Where the log is. One process writes to it: give each node a directory of its own, on a disk that is the machine's. Or give `log`. */
  readonly directory?: string
  /** A log that many processes write: `postgresLog({ pool })` of `@sallyport/audit-logger/postgres`. Or give `directory`. */
  readonly log?: AuditLog
  /**
   * Name of the log in checkpoints and proofs: a URL without its scheme, such as `shop.example.com/audit`.
   * @default the machine's name with `/audit`, fixed when the log is made
   */
  readonly origin?: string
  /**
   * Types of events, such as `payment.approved` or `data.*`, without whose record nothing happens: the request is held until the disk has
   * it, and refused with 503 when it cannot. @default []
   */
  readonly strict?: readonly string[]
  /** Types of events that are not recorded. @default [] */
  readonly ignore?: readonly string[]
  /** Names of members that hold secrets, besides the usual ones. @default [] */
  readonly redactKeys?: readonly string[]
  /** Whether records are acknowledged only when the disk has them (`fsync`). Without it they outlive the process, not the power. @default true */
  readonly sync?: boolean
  /** Whether segments are encrypted (AES-256-GCM). Give the environment a key ring, else the key lies beside them. @default false */
  readonly encrypt?: boolean
  /** Size from which on a new segment is begun, in bytes. @default 33_554_432 */
  readonly segmentBytes?: number
  /** Most records that wait to be written; then more are refused with 503. @default 50_000 */
  readonly maxWaiting?: number
  /** How long anybody waits for the disk, in milliseconds; then it is 503, whatever becomes of the record. @default 5000 */
  readonly deadline?: number
  /**
   * How long records that nobody waits for may gather before they are written together, in milliseconds. One `fsync` costs as much as a hundred
   * records. @default 50
   */
  readonly asyncDelay?: number
  /** How often a checkpoint is signed while records come, in milliseconds. @default 1000 */
  readonly checkpointInterval?: number
  /** Signs checkpoints: an Ed25519 private key, such as one of a vault. @default one that is made and kept with the log */
  readonly signingKey?: KeyObject
  /** How long records are kept, in days: `{ days, categories, archiveAfter }`. It is looked once a day. @default { days: 2555 } */
  readonly retention?: RetentionOptions
  /**
   * Takes checkpoints to where whoever has this machine cannot change them: `checkpointsToWebhook()`, `checkpointsToFile()`,
   * `checkpointsToStore()`, `checkpointsToLog()`, or a function of the app. Only these show that the log was cut or replaced. @default []
   */
  readonly checkpointTo?: readonly CheckpointSink[]
  /** Who signs that the log only grows, such as `httpWitness()`. @default [] */
  readonly witnesses?: readonly Witness[]
  /** How often checkpoints are sent, in milliseconds; one more when the log is closed. @default 60_000 */
  readonly sendInterval?: number
  /** @default the environment of the process */
  readonly env?: Environment
}

const patterns: OptionRule = {
  accepts: "a list of types of events, such as 'payment.approved' or 'data.*'",
  test: (v) =>
    Array.isArray(v) && v.every((one) => typeof one === 'string' && /^(?:\*|[a-z\d.-]+(?:\.\*)?)$/.test(one)),
}

const rules: OptionRules<AuditLoggerOptions> = {
  directory: { accepts: 'the path of a directory', test: accept.string.test },
  log: {
    accepts: 'a log, such as postgresLog({ pool })',
    test: (v) => typeof (v as AuditLog | null)?.open === 'function',
  },
  origin: {
    accepts: "a URL without its scheme, such as 'shop.example.com/audit'",
    test: (v) => typeof v === 'string' && v.length <= 255 && /^[^\s+\u0000-\u001f]+$/.test(v) && !v.includes('://'),
  },
  strict: patterns,
  ignore: patterns,
  redactKeys: accept.strings,
  sync: accept.boolean,
  encrypt: accept.boolean,
  segmentBytes: acceptNumber('bytes', 4096, 1_073_741_824),
  maxWaiting: acceptNumber('records', 1, 1_000_000),
  deadline: acceptNumber('milliseconds', 10, 600_000),
  asyncDelay: acceptNumber('milliseconds', 0, 60_000),
  checkpointInterval: acceptNumber('milliseconds', 10, 86_400_000),
  signingKey: {
    accepts: 'a private KeyObject of type ed25519',
    test: (v) => (v as KeyObject | null)?.type === 'private' && (v as KeyObject).asymmetricKeyType === 'ed25519',
    secret: true,
  },
  retention: {
    accepts: 'an object such as { days: 2555, categories: { session: 90 }, archiveAfter: 30 }, all in days from 1',
    test: isRetention,
  },
  checkpointTo: {
    accepts: 'a list of functions that take a checkpoint',
    test: (v) => Array.isArray(v) && v.every((one) => typeof one === 'function'),
  },
  witnesses: {
    accepts: 'a list of witnesses, such as httpWitness()',
    test: (v) => Array.isArray(v) && v.every((one) => typeof (one as Witness | null)?.cosign === 'function'),
  },
  sendInterval: acceptNumber('milliseconds', 10, 86_400_000),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/** @throws SecurityError ERR_OPTION */
export function checkAuditLoggerOptions(options: unknown): asserts options is AuditLoggerOptions {
  checkOptions<AuditLoggerOptions>('auditLogger', options, rules)
  const { directory, log } = options
  if (directory === undefined && log === undefined) {
    throw optionError('auditLogger', 'directory', undefined, { accepts: `${rules.directory.accepts}; or give \`log\`` })
  }
  if (directory !== undefined && log !== undefined) {
    throw optionError('auditLogger', 'log', log, { accepts: 'nothing beside `directory`: a log is in one place' })
  }
}

/** Whether a type is one of the patterns. */
export function matcher(given: readonly string[] = []): (type: string) => boolean {
  const exact = new Set(given.filter((one) => !one.endsWith('*')))
  const prefixes = given.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1))
  if (prefixes.length === 0) return (type) => exact.has(type)
  return (type) => exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix))
}

function isRetention(value: unknown): boolean {
  if (!accept.object.test(value)) return false
  const { days = 1, archiveAfter = 1, categories = {}, ...rest } = value as Record<string, unknown>
  const isDays = (v: unknown): boolean => Number.isFinite(v) && (v as number) >= 1
  if (Object.keys(rest).length > 0 || !isDays(days) || !isDays(archiveAfter) || !accept.object.test(categories))
    return false
  return Object.entries(categories as object).every(([name, v]) => isCategory(name) && isDays(v))
}
