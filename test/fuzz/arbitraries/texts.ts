import * as fc from 'fast-check'

/** One byte of a header's value: all but those that end it. */
const byte = fc
  .integer({ min: 1, max: 255 })
  .filter((code) => code !== 10 && code !== 13)
  .map((code) => String.fromCharCode(code))

/** Bytes as they may stand in a header, most of them printable. */
export const headerText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), weight: 3 },
  { arbitrary: fc.string({ unit: byte, maxLength: 60 }), weight: 2 },
  {
    arbitrary: fc.constantFrom('', ' ', '\t', '\u00a0', '"', '\\', '=', ';', ',', '%', '%zz', '%00', 'null'),
    weight: 1,
  },
  { arbitrary: fc.nat({ max: 20_000 }).map((length) => 'A'.repeat(length)), weight: 1 },
)

/** UTF-8 as clients send it where only Latin-1 is meant. */
export const utf8Text: fc.Arbitrary<string> = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) =>
  Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[\r\n\0]/g, ''),
)

/** Characters that parsers of tokens trip over, at a place. */
export const oddCharacter: fc.Arbitrary<string> = fc.constantFrom(
  ...['=', '+', '/', '.', ' ', '\t', '%', '-', '_', 'A', 'B', 'é', '\u00a0', '\u007f', '\u0001', '"', ',', '~'],
)

/** The same text in upper and lower case, as it comes. */
export function anyCase(text: string): fc.Arbitrary<string> {
  return fc.mixedCase(fc.constant(text))
}
