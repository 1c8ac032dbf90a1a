import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alive,
  currentOf,
  extended,
  isDue,
  nextTurn,
  turnFrom,
  type RotationPlan,
  type Turn,
} from '../../src/issuing/keys/schedule.ts'

const plan: RotationPlan = { period: 1000, publishAhead: 100, longest: 50 }

/** What nodes do that look at the same record at these times. */
function run(times: readonly number[]): readonly { readonly now: number; readonly turns: readonly Turn[] }[] {
  let turns: readonly Turn[] = []
  return times.map((now, i) => {
    if (isDue(turns, 'ES256', plan, now)) {
      const kept = turns.length === 0 ? [] : alive(turns, now)
      turns = [...kept, { kid: `k${i}`, ...nextTurn(turns, 'ES256', plan, now) }]
    }
    return { now, turns }
  })
}

describe('the turns of keys', () => {
  it('begin at once, and then follow each other', () => {
    const seen = run([0, 899, 900, 999, 1000, 1899, 1900, 2000])
    expect(seen.map(({ turns, now }) => [turns.length, currentOf(turns, now).kid])).toEqual([
      [1, 'k0'],
      [1, 'k0'],
      [2, 'k0'],
      [2, 'k0'],
      [2, 'k2'],
      [2, 'k2'],
      [2, 'k2'],
      [2, 'k6'],
    ])
  })

  it('keep their promises, whenever anybody looks', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(steps, (gaps) => {
        let now = 0
        const seen = run(gaps.map((gap) => (now += gap)))
        const publishedAt = new Map<string, number>()
        for (const [i, { now, turns }] of seen.entries()) {
          for (const { kid } of turns) if (!publishedAt.has(kid)) publishedAt.set(kid, now)
          const current = currentOf(turns, now)
          // Published long enough before it signs; the very first one has nobody before it.
          if (current.kid !== seen[0]!.turns[0]!.kid) {
            expect(now - publishedAt.get(current.kid)!).toBeGreaterThanOrEqual(plan.publishAhead)
          }
          // Whatever the one before signed last is good for as long as it was said to be.
          const before = seen[i - 1]
          if (before === undefined) continue
          const last = currentOf(before.turns, before.now)
          const ends = Math.max(last.keptUntil, extended(last, before.now + plan.longest, plan) ?? 0)
          if (now < Math.min(ends, before.now + plan.longest)) expect(turns.map(({ kid }) => kid)).toContain(last.kid)
          expect(turns.map(({ signsFrom }) => signsFrom)).toEqual(
            turns.map(({ signsFrom }) => signsFrom).sort((a, b) => a - b),
          )
        }
      }),
    )
  })

  it('are not many', () => {
    const seen = run(Array.from({ length: 5000 }, (_, i) => i * 10))
    expect(Math.max(...seen.map(({ turns }) => turns.length))).toBeLessThanOrEqual(3)
  })

  it('are extended for a token that ends later, and not for one that does not', () => {
    const turn = { kid: 'a', ...turnFrom(0, 'ES256', plan) }
    expect(extended(turn, 1050, plan)).toBeUndefined()
    expect(extended(turn, 1051, plan)).toBe(1101)
  })
})
