import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** A clock that a test drives. */
export interface TestClock extends Clock {
  /**
   * Lets time pass: runs the timers that fall due, in order and each at its own time, and lets promises settle before, between and
   * after them. Rejects with what a timer's task threw.
   */
  advance(milliseconds: number): Promise<void>
  /** Sets the time of day, forwards or backwards, as an administrator does: it runs no timer, and timers keep their distance. */
  set(milliseconds: number): void
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/** Promise chains that pass through `setImmediate` need a turn of the event loop for each time they do. */
const TURNS = 4

/**
 * Makes a clock that stands still until the test moves it.
 *
 * Promises of this process settle while time passes; answers of real files, sockets and servers take real time and do not.
 */
export function createTestClock(startMilliseconds: number = Date.UTC(2026, 0, 1)): TestClock {
  const timers = new Set<Timer>()
  let elapsed = 0
  let offset = startMilliseconds
  let order = 0
  let advancing: Promise<void> = Promise.resolve()

  return {
    now: () => offset + elapsed,
    after(delay, task) {
      // As Node's timers: at least a millisecond, so that a task which renews itself cannot make time stand still.
      const timer = { at: elapsed + (delay >= 1 ? delay : 1), order: order++, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(milliseconds) {
      if (!(milliseconds >= 0 && milliseconds < Infinity)) {
        return Promise.reject(new RangeError('advance() takes a number of milliseconds from 0; set() goes back'))
      }
      const mine = advancing.then(() => advance(milliseconds))
      advancing = mine.catch(() => undefined)
      return mine
    },
    set(milliseconds) {
      offset = milliseconds - elapsed
    },
  }

  async function advance(milliseconds: number): Promise<void> {
    await settle()
    const end = elapsed + milliseconds
    for (let next = due(end); next !== undefined; next = due(end)) {
      timers.delete(next)
      elapsed = Math.max(elapsed, next.at)
      next.task()
      await settle()
    }
    elapsed = end
    await settle()
  }

  function due(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.at > end) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await turn()
}
