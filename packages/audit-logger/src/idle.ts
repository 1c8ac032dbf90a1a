import type { Clock } from '@sallyport/core'

const waiting = new Set<() => void>()
let listens = false

/**
 * Calls after a while, or when the process has nothing else to do: a timer would not keep it alive, and what it was for would be lost.
 * Answers how to take that back.
 */
export function whenIdle(clock: Clock, milliseconds: number, call: () => void): () => void {
  if (!listens) process.on('beforeExit', callAll)
  listens = true
  const due = (): void => {
    cancel()
    call()
  }
  const cancelTimer = clock.after(milliseconds, due)
  const cancel = (): void => {
    cancelTimer()
    waiting.delete(due)
  }
  waiting.add(due)
  return cancel
}

function callAll(): void {
  for (const due of waiting) due()
}
