/** Cancels a timer; calling it again does nothing. */
export type Cancel = () => void

/**
 * Time, as everything in Sallyport sees it. Tests pass `createTestClock()` from
 * `@sallyport/core/testing` and drive it; nothing in the packages reads `Date.now()` by itself.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /**
   * Runs `task` once, `delay` milliseconds from now. Never keeps the process alive.
   */
  after(delay: number, task: () => void): Cancel
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, task) {
    const timer = setTimeout(task, delay)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
