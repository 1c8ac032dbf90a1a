import { createEnvironment } from '@sallyport/core'
import * as fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { headerText } from './arbitraries/texts.ts'
import { exchangeMaker } from './exchange.ts'
import { patience, runs } from './runs.ts'

function maker(): ReturnType<typeof exchangeMaker> {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return exchangeMaker(env)
}

/** RFC 6265, section 4.1.1: a name is a token. */
const name = fc.oneof(
  fc.stringMatching(/^[!#$%&'*+\-.^`|~\w]{1,12}$/),
  fc.constantFrom('__proto__', 'constructor', '__Host-a', 'a'),
)
const octets = fc.stringMatching(/^[!#-$&-+\--:<-[\]-~]{0,12}$/)
const text = fc.string({ unit: 'grapheme', maxLength: 10 })

/** A value, as apps write it. */
const value = fc.oneof(
  octets.map((value) => [value, value] as const),
  octets.map((value) => [value, `"${value}"`] as const),
  text.map((value) => [value, encodeURIComponent(value)] as const),
)

it(
  'cookies are read as they were written, each name with all its values in order',
  () => {
    const make = maker()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 6 }),
        fc.constantFrom('; ', ';', ' ;\t'),
        (pairs, separator) => {
          const header = pairs.map(([name, [, written]]) => `${name}=${written}`).join(separator)
          const expected = new Map<string, string[]>()
          for (const [name, [meant]] of pairs) expected.set(name, [...(expected.get(name) ?? []), meant])
          expect(make({ headers: [['Cookie', header]] }).cookies).toEqual(expected)
        },
      ),
      runs(0.03),
    )
  },
  patience,
)

it(
  'any header at all is read without an exception, and nothing is read that is not there',
  () => {
    const make = maker()
    fc.assert(
      fc.property(fc.array(headerText, { maxLength: 3 }), (lines) => {
        const { cookies } = make({ headers: lines.map((line) => ['Cookie', line] as const) })
        for (const [name, values] of cookies) {
          expect(lines.some((line) => line.includes(name))).toBe(true)
          expect(values.length).toBeGreaterThan(0)
        }
      }),
      runs(0.02),
    )
  },
  patience,
)

it(
  'attack: a cookie named like another but for white space is not that one (RFC 6265, section 5.2: white space is space and tab)',
  () => {
    const make = maker()
    const space = fc.constantFrom('\u00a0', '\u000b', '\u000c', '\u0085', '\u0001')
    fc.assert(
      fc.property(space, fc.boolean(), (odd, before) => {
        const { cookies } = make({ headers: [['Cookie', `${before ? odd : ''}__Host-token${before ? '' : odd}=evil`]] })
        expect(cookies.get('__Host-token')).toBeUndefined()
      }),
      runs(0.005),
    )
  },
  patience,
)
