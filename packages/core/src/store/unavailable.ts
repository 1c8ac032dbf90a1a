import { coreError, originOf, type SecurityError } from '../errors.ts'

/**
 * The one refusal of a store that cannot answer: 503 with `Retry-After`. For authors of stores.
 *
 * `message` is for operators; an underlying exception is named by class and place, never by its text.
 */
export function storeUnavailable(message: string, thrown?: unknown): SecurityError<'ERR_STORE_UNAVAILABLE'> {
  return coreError('ERR_STORE_UNAVAILABLE', { message, ...(thrown !== undefined && { origin: originOf(thrown) }) })
}
