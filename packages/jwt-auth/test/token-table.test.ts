import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenTable } from '../src/token-table.ts'

/** Marks of few numbers, so that they meet in their slots, and in parts of themselves. */
const mark = fc
  .tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
  .map((sums) => Float64Array.from(sums))

describe('TokenTable', () => {
  it('holds what a map would hold, however marks collide and however often it grows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(mark, fc.nat()), { maxLength: 400 }), (entries) => {
        const table = new TokenTable<number>()
        const map = new Map<string, number>()
        for (const [key, value] of entries) {
          table.set(key, value)
          map.set(key.join(), value)
        }
        expect(table.size).toBe(map.size)
        for (const [key] of entries) expect(table.get(key)).toBe(map.get(key.join()))
        expect(table.get(Float64Array.of(9, 9, 9, 9))).toBeUndefined()
      }),
    )
  })

  it('keeps a copy of a mark, and takes the largest', () => {
    const table = new TokenTable<object>()
    const value = {}
    const shared = Float64Array.of(2 ** 53 - 1, 0, 1, 2)
    table.set(shared, value)
    shared.fill(0)
    expect(table.get(Float64Array.of(2 ** 53 - 1, 0, 1, 2))).toBe(value)
    expect(table.get(shared)).toBeUndefined()
  })

  it('has room for three quarters of its slots, and as many slots to begin with as it is told', () => {
    const table = new TokenTable<number>(64)
    expect(table.slots).toBe(64)
    for (let i = 0; i < 48; i++) table.set(Float64Array.of(i, 0, 0, 0), i)
    expect(table.slots).toBe(64)
    table.set(Float64Array.of(48, 0, 0, 0), 48)
    expect(table.slots).toBe(128)
    for (let i = 0; i <= 48; i++) expect(table.get(Float64Array.of(i, 0, 0, 0))).toBe(i)
  })
})
