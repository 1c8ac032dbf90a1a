import { describe, expect, it } from 'vitest'
import { createTestClock } from '../src/testing/test-clock.ts'

describe('createTestClock', () => {
  it('stands still until it is moved', async () => {
    const clock = createTestClock(1000)
    expect(clock.now()).toBe(1000)
    await clock.advance(250)
    expect(clock.now()).toBe(1250)
  })

  it('runs due timers in order of time, then of their making, each at its own time', async () => {
    const clock = createTestClock(0)
    const seen: string[] = []
    for (const [name, delay] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['b again', 20],
      ['d', 31],
    ] as const) {
      clock.after(delay, () => seen.push(`${name} at ${String(clock.now())}`))
    }
    await clock.advance(30)
    expect(seen).toEqual(['a at 10', 'b at 20', 'b again at 20', 'c at 30'])
  })

  it('runs a timer that is made while time passes, if it falls due', async () => {
    const clock = createTestClock(0)
    const times: number[] = []
    const tick = (): void => {
      times.push(clock.now())
      clock.after(10, tick)
    }
    clock.after(10, tick)
    await clock.advance(35)
    expect(times).toEqual([10, 20, 30])
  })

  it('lets promises settle before, between and after timers', async () => {
    const clock = createTestClock(0)
    const seen: string[] = []
    void (async () => {
      await Promise.resolve()
      clock.after(5, () => {
        void (async () => {
          await new Promise((resolve) => setImmediate(resolve))
          await Promise.resolve()
          seen.push('followed up')
        })()
      })
    })()
    clock.after(6, () => seen.push('next timer'))
    await clock.advance(6)
    expect(seen).toEqual(['followed up', 'next timer'])
  })

  it('runs no timer that was cancelled, also by another timer of the same moment', async () => {
    const clock = createTestClock(0)
    const seen: string[] = []
    clock.after(5, () => {
      cancel()
      cancel()
      seen.push('first')
    })
    const cancel = clock.after(5, () => seen.push('second'))
    await clock.advance(100)
    expect(seen).toEqual(['first'])
  })

  it('sets the time of day without running timers or changing their distance', async () => {
    const clock = createTestClock(1_000_000)
    const seen: number[] = []
    clock.after(100, () => seen.push(clock.now()))
    clock.set(5_000_000)
    expect(clock.now()).toBe(5_000_000)
    clock.set(500)
    expect(seen).toEqual([])
    await clock.advance(100)
    expect(seen).toEqual([600])
  })

  it('makes no progress stand still: a timer of no delay takes a millisecond', async () => {
    const clock = createTestClock(0)
    let runs = 0
    const again = (): void => {
      runs++
      clock.after(0, again)
    }
    clock.after(0, again)
    await clock.advance(3)
    expect(runs).toBe(3)
  })

  it('takes advances that overlap one after the other', async () => {
    const clock = createTestClock(0)
    await Promise.all([clock.advance(10), clock.advance(10)])
    expect(clock.now()).toBe(20)
  })

  it('hands on what a task throws, and goes on afterwards', async () => {
    const clock = createTestClock(0)
    clock.after(1, () => {
      throw new Error('from a task')
    })
    await expect(clock.advance(5)).rejects.toThrow('from a task')
    await clock.advance(5)
    expect(clock.now()).toBe(6)
  })

  it('does not go back by advancing', async () => {
    for (const wrong of [-1, Number.NaN, Infinity])
      await expect(createTestClock().advance(wrong)).rejects.toThrow(RangeError)
  })
})
