import { describe, expect, it } from 'vitest'
import { wrongWith, type Answer } from '../src/ask.ts'
import { paintOf, wantsColour } from '../src/colour.ts'
import type { Step } from '../src/steps.ts'
import { tableOf } from '../src/table.ts'
import type { Row } from '../src/walk.ts'
import { wrap } from '../src/wrap.ts'

const step: Step = { who: 'forged token', asks: 'GET /orders', expected: 401 }
const challenge =
  'Bearer realm="api", error="invalid_token", error_description="The signature of the token is not valid"'
const refused: Answer = { status: 401, headers: new Headers({ 'www-authenticate': challenge }), body: '{}' }

function rowOf(answer: Answer, wrong?: string): Row {
  const stage = { title: '', note: '', steps: [step] }
  return { stage, step, method: 'GET', path: '/orders', answer, ...(wrong !== undefined && { wrong }) }
}

describe('tableOf', () => {
  it.each([80, 100, 120])('shows a whole challenge within %i columns', (width) => {
    const lines = tableOf(width, paintOf(false)).row(rowOf(refused)).split('\n')
    expect(lines.every((line) => line.length <= width)).toBe(true)
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(challenge)
  })

  it('cuts a body that goes on and on', () => {
    const body = JSON.stringify({ orders: 'x '.repeat(1000) })
    const lines = tableOf(100, paintOf(false))
      .row(rowOf({ status: 200, headers: new Headers(), body }))
      .split('\n')
    expect(lines).toHaveLength(2)
    expect(lines.at(-1)).toMatch(/…$/)
  })

  it('marks a wrong row, and says what was expected', () => {
    const text = tableOf(100, paintOf(false)).row(rowOf(refused, 'expected 200'))
    expect(text).toMatch(/^ ✗ forged token/)
    expect(text).toContain('^ expected 200')
  })
})

describe('wrongWith', () => {
  it('takes a 401 without challenge and a 503 without Retry-After for wrong', () => {
    expect(wrongWith(step, refused)).toBeUndefined()
    expect(wrongWith(step, { ...refused, headers: new Headers() })).toContain('www-authenticate')
    expect(wrongWith({ ...step, expected: 503 }, { ...refused, status: 503 })).toContain('retry-after')
  })

  it('takes another status for wrong', () => {
    expect(wrongWith({ ...step, expected: 200 }, refused)).toBe('expected 200')
  })
})

describe('wantsColour', () => {
  it('is for terminals only, and for those who have not declined', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true)
    expect(wantsColour({}, {})).toBe(false)
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
    expect(paintOf(true).red('x')).toBe('\u001B[31mx\u001B[0m')
    expect(paintOf(false).red('x')).toBe('x')
  })
})

describe('wrap', () => {
  it('breaks between words, and long words at the edge', () => {
    expect(wrap('one two three', 8, 3)).toEqual(['one two', 'three'])
    expect(wrap('x'.repeat(10), 4, 3)).toEqual(['xxxx', 'xxxx', 'xx'])
    expect(wrap('one two three four', 8, 2)).toEqual(['one two', 'three f…'])
    expect(wrap('', 8, 2)).toEqual([''])
  })
})
