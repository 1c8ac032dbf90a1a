import { fork } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markOf } from '../src/token-mark.ts'

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
    const { first, second, third, fourth } = markOf('\x7f'.repeat(8192))!
    for (const sum of [first, second, third, fourth]) expect(Number.isSafeInteger(sum)).toBe(true)
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
    expect(Object.keys(one)).toEqual(['first', 'second', 'third', 'fourth'])
    for (const part of ['first', 'second', 'third', 'fourth'] as const) expect(one[part]).not.toBe(other[part])
  })
})

type Mark = NonNullable<ReturnType<typeof markOf>>

function sharedParts(one: string, other: string): string[] {
  const [a, b] = [markOf(one)!, markOf(other)!]
  return (['first', 'second', 'third', 'fourth'] as const).filter((part) => a[part] === b[part])
}

async function markElsewhere(text: string): Promise<Mark> {
  const child = fork(new URL('support/mark-child.mjs', import.meta.url), [text], { execArgv: [] })
  const [mark] = (await once(child, 'message')) as [Mark]
  return mark
}
