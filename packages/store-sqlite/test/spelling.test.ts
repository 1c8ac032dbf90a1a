import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, spell, unspell } from '../src/spelling.ts'

/** Texts full of what is spelt differently, and of its neighbours. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\0',
      '\u0001',
      '\u0002',
      'a',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
      '\u{1f511}',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 8,
})

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

describe('spelling', () => {
  it('leaves most texts as they are', () => {
    for (const one of ['', 'session:4711', 'é', '\u0002', '\ud7ff', 'https://id.example.com/|acme|ada']) {
      expect(spell(one)).toBe(one)
    }
  })

  it('tells every text from every other one, and back', () => {
    fc.assert(fc.property(text, (one) => unspell(spell(one)) === one))
  })

  it('holds no NUL, and nothing that UTF-8 cannot say', () => {
    fc.assert(
      fc.property(text, (one) => {
        const spelt = spell(one)
        return !spelt.includes('\0') && Buffer.from(spelt, 'utf8').toString('utf8') === spelt
      }),
    )
  })

  it('is ordered by bytes of UTF-8 as the texts are by UTF-16 code unit', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const bytes = Buffer.compare(Buffer.from(spell(one)), Buffer.from(spell(other)))
        expect(bytes).toBe(byUnits(one, other))
      }),
    )
  })

  it('finds the least that comes after a text', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const isAfter = Buffer.compare(Buffer.from(spell(other)), Buffer.from(after(one))) >= 0
        expect(isAfter).toBe(other > one)
      }),
    )
  })
})
