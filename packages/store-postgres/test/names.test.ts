import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeId, encodeId } from '../src/names.ts'

/** Any Unicode string without lone surrogates, of all planes alike. */
const names = fc.string({ unit: 'binary', maxLength: 20 })

describe('ids as bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(names, (id) => {
        expect(decodeId(encodeId(id))).toBe(id)
      }),
    )
  })

  it('sort as strings do in JavaScript, by UTF-16 code unit', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(Buffer.compare(encodeId(a), encodeId(b))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
    // What UTF-8 would have the other way round.
    expect(Buffer.compare(encodeId('\u{10000}'), encodeId('\uffff'))).toBe(-1)
  })

  it('are UTF-8 for who looks at them, but for what is beyond U+FFFF', () => {
    expect(encodeId('s-é€\0').toString('utf8')).toBe('s-é€\0')
    expect(encodeId('\u{1f511}')).toEqual(Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91]))
    expect(decodeId(encodeId('\ud7ff'))).toBe('\ud7ff')
  })

  it('take no more than three bytes for a code unit: the longest fit into an index', () => {
    fc.assert(
      fc.property(names, (id) => {
        expect(encodeId(id).length).toBeLessThanOrEqual(3 * id.length)
      }),
    )
  })
})
