import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from '../src/record/canonical.ts'
import { refusal } from './support.ts'

describe('the canonical form', () => {
  it('is that of RFC 8785, section 3.2.2', () => {
    const sample = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27],
      string: '\u20ac$\u000f\u000aA\u0027\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(canonical(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts names by UTF-16 code units (section 3.2.3)', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const sorted = canonical(Object.fromEntries(names.map((name) => [name, 0])))
    expect(Object.keys(JSON.parse(sorted) as object).filter((name) => name !== '1')).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ])
  })

  it('is what another implementation makes of any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(canonical(value)).toBe(canonicalize(value))
      }),
    )
  })

  it.each([
    ['a lone surrogate', { name: '\ud800' }],
    ['NaN', { n: Number.NaN }],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a function', { f: () => 1 }],
    ['a bigint', { n: 1n }],
  ])('does not exist for %s', (_, value) => {
    expect(refusal(() => canonical(value))).toMatch(/^ERR_AUDIT_EVENT/)
  })

  it('does not exist for a circle', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(refusal(() => canonical(circle))).toMatch(/^ERR_AUDIT_EVENT/)
  })
})
