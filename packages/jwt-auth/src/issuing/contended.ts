import { storeUnavailable, type SecurityError } from '@sallyport/core'

/** Attempts at a change that others may make at the same moment. Whoever loses mostly finds what it wanted already done. */
export const ATTEMPTS = 10

/** The error for a change that was never the fastest. */
export function contended(): SecurityError {
  return storeUnavailable('Too many change the same entry at once')
}
