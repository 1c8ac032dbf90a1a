import { debugOf } from '../debug.ts'
import { originOf, SecurityError, type CoreErrorCode } from '../errors.ts'
import { storeUnavailable } from './unavailable.ts'

const debug = debugOf('store')

/** Refusals that say more than that the store has failed. */
const KEPT: ReadonlySet<string> = new Set<CoreErrorCode>([
  'ERR_OPTION',
  'ERR_ENVIRONMENT_CLOSED',
  'ERR_SEAL_BROKEN',
  'ERR_KEY_MISSING',
])

/**
 * What a caller is told of something that a store threw. A wrong call, a closed environment and what cannot be opened stay what they are,
 * what a store says of itself stays too; the rest is named by class and place, because what drivers say holds addresses, names and passwords.
 */
export function refusalOf(method: string, thrown: unknown): SecurityError {
  const { name, code = '' } = originOf(thrown)
  debug(`${method} failed: ${name} ${code}`)
  if (SecurityError.is(thrown)) {
    if (KEPT.has(thrown.code)) return thrown
    if (thrown.code === 'ERR_STORE_UNAVAILABLE' && 'retry-after' in thrown.headers) return thrown
    // What a package of ours says is fit to be read. Its own code stands in the origin: whoever calls a store knows one code for its failure.
    if (thrown.status === 503) return storeUnavailable(thrown.message, thrown)
  }
  return storeUnavailable(`The store failed at ${method}`, thrown)
}
