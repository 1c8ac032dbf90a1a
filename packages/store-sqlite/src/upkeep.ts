import type { Cancel, Clock } from '@sallyport/core'
import type { Writer } from './writer.ts'

/** Most of each kind that one transaction removes: others want to write too. */
const BATCH = 1000

/** How often it is looked for what has ended when nothing is written, in milliseconds. */
const INTERVAL = 60_000

/** Removes all that has ended; answers how much that was. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
export async function sweep(writer: Writer, tidy = false): Promise<number> {
  for (let count = 0; ;) {
    const removed = await writer.submit({ do: 'sweep', most: BATCH }, tidy)
    count += removed
    if (removed < BATCH) return count
  }
}

/** Sweeps once a minute, and shrinks the WAL when nothing was written since the last time. */
export function keepUp(writer: Writer, clock: Clock): Cancel {
  let cancel = clock.after(INTERVAL, run)
  let before = 0
  let running = false
  return () => cancel()

  function run(): void {
    cancel = clock.after(INTERVAL, run)
    if (running || writer.batches === 0) return
    running = true
    const quiet = writer.batches === before
    sweep(writer, quiet)
      // Nobody waits for it; whoever uses the store hears of what is wrong.
      .catch(() => undefined)
      .finally(() => {
        before = writer.batches
        running = false
      })
  }
}
