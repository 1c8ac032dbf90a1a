import type { Clock } from '@sallyport/core'

/** Ends a call to the outside that takes too long. @param limit milliseconds */
export function inTime<Result>(clock: Clock, limit: number, call: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limit, () => reject(new Error('Nothing was answered in time')))
    call()
      .then(resolve, reject)
      .finally(cancel)
      .catch(() => undefined)
  })
}
