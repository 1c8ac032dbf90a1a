import { systemClock, type Clock } from '@sallyport/core'

/** The machine's clock, which a test can put forward: what is good for ten seconds without the store need not be waited out. */
export interface ShiftedClock extends Clock {
  leap(milliseconds: number): void
}

export function createShiftedClock(): ShiftedClock {
  let shift = 0
  return {
    now: () => systemClock.now() + shift,
    after: (delay, task) => systemClock.after(delay, task),
    leap: (milliseconds) => void (shift += milliseconds),
  }
}
