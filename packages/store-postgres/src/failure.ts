import { originOf, SecurityError } from '@sallyport/core'
import { storeUnavailable } from '@sallyport/core/store'
import { postgresError, type PostgresErrorCode } from './errors.ts'

/** What a SQLSTATE means here: the first that it begins with. */
const MEANINGS: readonly (readonly [state: string, code: PostgresErrorCode])[] = [
  ['08', 'ERR_POSTGRES_CONNECTION'],
  ['25006', 'ERR_POSTGRES_READ_ONLY'],
  ['28', 'ERR_POSTGRES_DENIED'],
  ['3D', 'ERR_POSTGRES_CONNECTION'],
  ['40', 'ERR_POSTGRES_CONFLICT'],
  ['42501', 'ERR_POSTGRES_DENIED'],
  ['53', 'ERR_POSTGRES_FULL'],
  ['55P03', 'ERR_POSTGRES_CONFLICT'],
  ['57014', 'ERR_POSTGRES_TIMEOUT'],
  ['57P', 'ERR_POSTGRES_CONNECTION'],
  ['SP001', 'ERR_POSTGRES_ISOLATION'],
  ['', 'ERR_POSTGRES_FAILED'],
]

const MISSING = new Set(['3F000', '42883', '42P01'])
const RETRIED = new Set(['40001', '40P01'])

/** The SQLSTATE of an error of the server; `undefined` for any other error. */
function stateOf(thrown: unknown): string | undefined {
  const { code, severity } = thrown as { code?: unknown; severity?: unknown }
  return typeof severity === 'string' && typeof code === 'string' ? code : undefined
}

/**
 * Whether the connection can be used again: the server refused the statement and goes on. Told by the code, for the severity is in the
 * server's language.
 */
export function isConnectionSound(thrown: unknown): boolean {
  const state = stateOf(thrown)
  return state !== undefined && !/^(08|25P|57P|XX)/.test(state)
}

/** Whether the transaction has surely not happened and may succeed when it is tried again. */
export function isRetried(thrown: unknown): boolean {
  return RETRIED.has(stateOf(thrown) ?? '')
}

/** Whether the schema, or something in it, is not there. */
export function isSchemaMissing(thrown: unknown): boolean {
  return MISSING.has(stateOf(thrown) ?? '')
}

/** Whether this is a standby, or a server that was set read-only. */
export function isReadOnly(thrown: unknown): boolean {
  return stateOf(thrown) === '25006'
}

/**
 * The refusal (503) for whatever was thrown, by this package or by `pg`. Of what `pg`, the network and the server say only the code is told
 * (`53100`, `ECONNREFUSED`): their texts name hosts, roles and values.
 */
export function unavailable(thrown: unknown): SecurityError {
  if (SecurityError.is(thrown)) {
    return thrown.code.startsWith('ERR_POSTGRES_') ? storeUnavailable(thrown.message, thrown) : thrown
  }
  const state = stateOf(thrown)
  const { code } = originOf(thrown)
  const known = postgresError(state === undefined ? 'ERR_POSTGRES_CONNECTION' : meaningOf(state))
  return storeUnavailable(code === undefined ? known.message : `${known.message} (${code})`, known)
}

function meaningOf(state: string): PostgresErrorCode {
  return MEANINGS.find(([start]) => state.startsWith(start))![1]
}

/** A failure's name and code, for the log of this package. */
export function nameOf(thrown: unknown): string {
  const { name, code = '' } = originOf(thrown)
  return `${name} ${code}`.trimEnd()
}
