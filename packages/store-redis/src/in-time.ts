import type { Clock } from '@sallyport/core'

/** What a piece of work comes to, if it does so in so many milliseconds. */
export async function inTime<T>(clock: Clock, limit: number, work: Promise<T>): Promise<T> {
  let cancel = (): void => undefined
  const over = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(limit, () => reject(new Error('No answer')))
  })
  try {
    return await Promise.race([work, over])
  } finally {
    cancel()
  }
}
