import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExpiryHeap, type Expiring } from '../src/store/expiry-heap.ts'
import { SortedIds } from '../src/store/sorted-ids.ts'

describe('ExpiryHeap', () => {
  it('gives what ends first, whatever was renewed and removed before', () => {
    const step = fc.record({
      do: fc.constantFrom('add', 'add', 'renew', 'remove', 'due'),
      at: fc.nat(50),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const heap = new ExpiryHeap<Expiring>()
        let held: Expiring[] = []
        for (const { do: what, at, which } of steps) {
          const one = held[which % held.length]
          if (what === 'add') {
            const item = { expiresAt: at, slot: -1 }
            heap.add(item)
            held.push(item)
          } else if (what === 'renew' && one) {
            heap.renew(one, at)
          } else if (what === 'remove' && one) {
            heap.remove(one)
            held = held.filter((item) => item !== one)
          }
          const first = Math.min(...held.map(({ expiresAt }) => expiresAt))
          expect(heap.due(first - 1)).toBeUndefined()
          expect(heap.due(first)?.expiresAt).toBe(held.length === 0 ? undefined : first)
          expect(heap.size).toBe(held.length)
        }
      }),
    )
  })
})

describe('SortedIds', () => {
  it('holds what a sorted set holds, over many chunks', () => {
    const ids = fc.uniqueArray(fc.string({ maxLength: 4, unit: 'binary' }), { maxLength: 3000, size: 'max' })
    fc.assert(
      fc.property(ids, fc.array(fc.nat(), { maxLength: 500, size: 'max' }), fc.nat(), (all, gone, from) => {
        const sorted = new SortedIds()
        for (const id of all) sorted.add(id)
        for (const id of all.slice(0, 10)) sorted.add(id)
        const left = new Set(all)
        for (const index of gone) {
          const id = all[index % all.length] ?? 'none'
          sorted.delete(id)
          left.delete(id)
        }
        const expected = [...left].sort()
        expect([...sorted.after(undefined)]).toEqual(expected)
        const after = all[from % all.length] ?? ''
        expect([...sorted.after(after)]).toEqual(expected.filter((id) => id > after))
        for (const id of left) sorted.delete(id)
        expect(sorted.empty).toBe(true)
        expect([...sorted.after('')]).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})
