import { describe, expect, it } from 'vitest'
import { KeySchedule } from '../../src/keys/schedule.ts'

const MINUTE = 60_000
const limits = { maxAge: 60 * MINUTE, maxStale: 30 * MINUTE, coolDown: 30_000 }

function scheduleAt(now: number, freshFor?: number): KeySchedule {
  const schedule = new KeySchedule(limits)
  schedule.began(now)
  schedule.succeeded(now, freshFor)
  return schedule
}

/** The first moment, in steps of a second, at which something is so. */
function firstSecond(test: (now: number) => boolean): number {
  for (let now = 0; now < 1e9; now += 1000) if (test(now)) return now
  return Infinity
}

describe('KeySchedule', () => {
  it('has nothing to go by at first, and may try at once', () => {
    const schedule = new KeySchedule(limits)
    expect(schedule.standing(0)).toBe('none')
    expect(schedule.due(0)).toBe(true)
  })

  it.each([
    ['where the server says nothing', undefined, 10 * MINUTE],
    ['as the server says', 1200, 20 * MINUTE],
    ['a minute at least', 0, MINUTE],
    ['an hour at most', 86_400, 60 * MINUTE],
  ])('keeps keys fresh %s', (_case, freshFor, life) => {
    const schedule = scheduleAt(0, freshFor)
    expect(firstSecond((now) => schedule.standing(now) !== 'fresh')).toBe(life)
    expect(firstSecond((now) => schedule.due(now))).toBe(life * 0.8)
  })

  it('uses keys on for a bounded time, and only while attempts fail', () => {
    const schedule = scheduleAt(0)
    expect(schedule.standing(10 * MINUTE)).toBe('none')
    schedule.began(10 * MINUTE)
    schedule.failed(10 * MINUTE)
    expect(schedule.standing(10 * MINUTE)).toBe('stale')
    expect(firstSecond((now) => now > 10 * MINUTE && schedule.standing(now) === 'none')).toBe(40 * MINUTE)
  })

  it('backs off by doubling, to a minute, and counts failures', () => {
    const schedule = new KeySchedule(limits)
    const waits: number[] = []
    let now = 0
    for (let i = 0; i < 9; i++) {
      schedule.began(now)
      schedule.failed(now)
      const start = now
      now = firstSecond((later) => later >= start && schedule.mayTry(later))
      waits.push((now - start) / 1000)
      expect(schedule.retryAfter(start)).toBe((now - start) / 1000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    schedule.began(now)
    schedule.succeeded(now, undefined)
    schedule.failed(now)
    expect(schedule.retryAfter(now)).toBe(1)
  })

  it('lets unknown keys cause one attempt in a cool-down, also after a failed one', () => {
    const schedule = scheduleAt(0)
    expect(firstSecond((now) => schedule.mayAsk(now))).toBe(30_000)
    schedule.began(30_000)
    schedule.failed(30_000)
    expect(firstSecond((now) => now >= 30_000 && schedule.mayAsk(now))).toBe(60_000)
  })

  it('is not held up for ever by a clock that was set back', () => {
    const schedule = scheduleAt(1000 * MINUTE)
    schedule.began(1000 * MINUTE)
    schedule.failed(1000 * MINUTE)
    expect(schedule.standing(0)).toBe('none')
    expect(schedule.mayTry(0)).toBe(true)
    expect(schedule.mayAsk(0)).toBe(true)
  })
})
