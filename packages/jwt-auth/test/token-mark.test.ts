import { fork } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markOf as shared, sameMark } from '../src/token-mark.ts'

/** A mark to keep. */
const markOf = (text: string): number[] | undefined => {
  const mark = shared(text)
  return mark && [...mark]
}

const token = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 600 })

describe('the mark of a token', () => {
  it('is the same for the same token, whatever was marked between', () => {
    fc.assert(
      fc.property(token, token, (one, other) => {
        const before = markOf(one)
        markOf(other)
        expect(markOf(one)).toEqual(before)
      }),
    )
  })

  it('differs in every part for tokens that differ in one character', () => {
    fc.assert(
      fc.property(token, fc.nat(), fc.nat({ max: 126 }), (one, at, code) => {
        const i = at % one.length
        const other = one.slice(0, i) + String.fromCharCode(code) + one.slice(i + 1)
        fc.pre(other !== one)
        expect(sharedParts(one, other)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('differs for tokens that are as long as the longest and differ at their end', () => {
    const head = 'a'.repeat(8191)
    expect(sharedParts(`${head}x`, `${head}y`)).toEqual([])
  })

  it.each([
    ['swapped parts', 'aaaa.bbbb.cccc', 'bbbb.aaaa.cccc'],
    ['swapped characters', 'ab', 'ba'],
    ['swapped pairs', 'abcd', 'cdab'],
    ['a part doubled', 'aaaa.bbbb', 'aaaa.bbbb.bbbb'],
    ['a NUL at the end', 'aaa', 'aaa\0'],
    ['a NUL at the beginning', 'aaaa', '\0aaaa'],
    ['a letter of which it is the low byte', 'A', '\u0141'],
    ['the letter of a longer spelling', 'a', 'ａ'],
  ])('attack: a mark is not met by %s', (_, one, other) => {
    expect(markOf(one)).toBeDefined()
    expect(markOf(other)).not.toEqual(markOf(one))
  })

  it('is whole, and exact, for the largest token', () => {
    const sums = markOf('\x7f'.repeat(8192))!
    expect(sums).toHaveLength(4)
    for (const sum of sums) expect(Number.isSafeInteger(sum)).toBe(true)
  })

  it('is none of what is too long or not ASCII', () => {
    expect(markOf('a'.repeat(8193))).toBeUndefined()
    expect(markOf('é'.repeat(8192))).toBeUndefined()
    expect(markOf('\ud800')).toBeUndefined()
  })

  it('leaves nothing behind of what was not ASCII', () => {
    const before = markOf('aaaaaaa')
    markOf('éééééééééé')
    expect(markOf('aaaaaaa')).toEqual(before)
  })

  it('attack: a mark learnt from one process says nothing about another', async () => {
    const [one, other] = await Promise.all([markElsewhere('a.b.c'), markElsewhere('a.b.c')])
    expect(one).toHaveLength(4)
    for (const [i, sum] of one.entries()) expect(other[i]).not.toBe(sum)
  })

  it('is compared as a whole, at its place in a list', () => {
    const list = Float64Array.of(9, 1, 2, 3, 4)
    expect(sameMark(list, 1, Float64Array.of(1, 2, 3, 4), 0)).toBe(true)
    for (let i = 0; i < 4; i++) {
      const other = Float64Array.of(1, 2, 3, 4).fill(0, i, i + 1)
      expect(sameMark(list, 1, other, 0)).toBe(false)
    }
  })
})

function sharedParts(one: string, other: string): number[] {
  const [a, b] = [markOf(one)!, markOf(other)!]
  return a.filter((sum, i) => sum === b[i])
}

async function markElsewhere(text: string): Promise<number[]> {
  const child = fork(new URL('support/mark-child.mjs', import.meta.url), [text], { execArgv: [] })
  const [mark] = (await once(child, 'message')) as [number[]]
  return mark
}
