import * as fc from 'fast-check'
import { goodClaims, goodHeader, signed } from '../tokens.ts'
import type { Spoilt } from './spoilt.ts'

const headerText = JSON.stringify(goodHeader)
const claimsText = JSON.stringify(goodClaims)
const inner = (text: string): string => text.slice(1, -1)

/** A name in JSON, some of its characters as escapes: the same name to a parser. */
function escaped(name: string, which: readonly boolean[]): string {
  const characters = Array.from(name, (character, i) =>
    which[i % which.length] ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character,
  )
  return `"${characters.join('')}"`
}

const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })

/** A member twice, the good one first or last. */
const twice = fc
  .tuple(fc.constantFrom(...Object.keys(goodClaims)), fc.jsonValue({ maxDepth: 1 }), flags, fc.boolean())
  .map(([name, value, which, last]) => {
    const member = `${escaped(name, which)}:${JSON.stringify(value)}`
    return {
      why: `claim ${name} twice`,
      token: signed(headerText, last ? `{${inner(claimsText)},${member}}` : `{${member},${inner(claimsText)}}`),
    }
  })

const twiceInHeader = fc.tuple(fc.constantFrom(...Object.keys(goodHeader)), flags).map(([name, which]) => ({
  why: `header ${name} twice`,
  token: signed(`{${escaped(name, which)}:"x",${inner(headerText)}}`, claimsText),
}))

/** Deeper than any parser should follow. */
const deep = fc.tuple(fc.integer({ min: 17, max: 2000 }), fc.boolean()).map(([depth, list]) => {
  const [open, close] = list ? ['[', ']'] : ['{"a":', '}']
  const nested = `${open.repeat(depth)}${list ? '' : '1'}${close.repeat(depth)}`
  return { why: `depth ${depth}`, token: signed(headerText, `{${inner(claimsText)},"deep":${nested}}`) }
})

const broken = fc
  .constantFrom(
    ...[
      `${claimsText}x`,
      `${claimsText}${claimsText}`,
      `[${claimsText}]`,
      `"${claimsText}"`,
      '',
      'null',
      '1',
      '[]',
      '"a"',
    ],
    ...[
      claimsText.slice(0, -1),
      `{${inner(claimsText)},}`,
      `{'a':1,${inner(claimsText)}}`,
      `\ufeff${claimsText}`,
      `${claimsText}\0`,
    ],
    ...[
      claimsText.replace('"exp":', 'exp:'),
      claimsText.replace(/"exp":\d+/, '"exp":1e400'),
      claimsText.replace(/"exp":\d+/, '"exp":NaN'),
    ],
  )
  .map((text) => ({ why: 'no JSON object', token: signed(headerText, text) }))

/** Bytes that are no UTF-8, inside a string of the claims. */
const notUtf8 = fc
  .constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82])
  .map((bytes) => {
    const [before, after] = claimsText.split('alice')
    return {
      why: 'no UTF-8',
      token: signed(headerText, Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)])),
    }
  })

/** Signed by the issuer, in JSON that two parsers might read two ways. */
export const wronglySpelt: fc.Arbitrary<Spoilt> = fc.oneof(twice, twiceInHeader, deep, broken, notUtf8)
