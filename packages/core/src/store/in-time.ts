import type { Clock } from '../clock.ts'
import type { SecurityError } from '../errors.ts'
import { refusalOf } from './refusal.ts'
import { storeUnavailable } from './unavailable.ts'

/** What becomes of one call, in the order in which it happens. */
export interface Outcome<T> {
  answered(): void
  refused(refusal: SecurityError): void
  missed(): void
  /** After `missed`. Without an answer when it failed. */
  late(answer: { readonly value: T } | undefined): void
}

/**
 * Does some work that must end in time: with its answer, or with ERR_STORE_UNAVAILABLE (503) when it takes too long or throws. What it
 * threw is named by class and place only.
 */
export function inTime<T>(
  clock: Clock,
  method: string,
  limit: number,
  work: () => Promise<T>,
  outcome: Outcome<NoInfer<T>>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false
    let done = false
    const cancel = clock.after(limit, () => {
      // One turn more: when it was this process that was busy, the answer waits in the socket and is about to be read.
      setImmediate(() => {
        if (done) return
        late = true
        outcome.missed()
        reject(storeUnavailable(`The store did not answer ${method} within ${limit} ms`))
      })
    })
    begin(work).then(
      (value) => {
        done = true
        cancel()
        if (late) return outcome.late({ value })
        outcome.answered()
        resolve(value)
      },
      (thrown: unknown) => {
        done = true
        cancel()
        if (late) return outcome.late(undefined)
        const refusal = refusalOf(method, thrown)
        outcome.refused(refusal)
        reject(refusal)
      },
    )
  })
}

function begin<T>(work: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
