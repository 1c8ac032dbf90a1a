import * as fc from 'fast-check'
import { clerk, guest, sharedClerk } from '../tokens.ts'
import { oddCharacter } from './texts.ts'

const whole = fc.constantFrom(clerk, sharedClerk)
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** A good token with one bit of one of its parts turned over. */
const bitFlipped = fc.tuple(whole, fc.nat({ max: 2 }), place, fc.nat({ max: 7 })).map(([token, part, where, bit]) => {
  const parts = token.split('.')
  const bytes = Buffer.from(parts[part]!, 'base64url')
  bytes[Math.floor(where * bytes.length)]! ^= 1 << bit
  parts[part] = bytes.toString('base64url')
  return parts.join('.')
})

/** A character of it replaced, put in, or taken out. */
const misspelt = fc
  .tuple(whole, place, fc.oneof(oddCharacter, fc.constant('')), fc.boolean())
  .map(([token, where, odd, insert]) => {
    const at = Math.floor(where * token.length)
    return token.slice(0, at) + odd + token.slice(insert ? at : at + 1)
  })

/** The last character of a part, so that the bits which decoders throw away differ. */
const strayBits = fc
  .tuple(whole, fc.nat({ max: 2 }), fc.constantFrom(...Array.from('ABCDEFGHabcdefgh01_-')))
  .map(([token, part, last]) => {
    const parts = token.split('.')
    parts[part] = parts[part]!.slice(0, -1) + last
    return parts.join('.')
  })

/** Parts of good tokens in another order, number and company. */
const pieces = [
  ...clerk.split('.'),
  ...sharedClerk.split('.'),
  ...guest.split('.'),
  '',
  'e30',
  'eyJhbGciOiJub25lIn0',
  'AA',
  '.',
]
const reassembled = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'))

const cut = fc.tuple(whole, place).map(([token, where]) => token.slice(0, Math.floor(where * token.length)))

const dressed = fc
  .tuple(
    fc.constantFrom('', '"', '<', ' ', '.', ',', '=', '\t'),
    whole,
    fc.constantFrom('', '"', '>', '.', ',', '=', '==', ';', '\u00a0'),
  )
  .map((texts) => texts.join(''))

const encoded = whole.chain((token) =>
  fc.constantFrom(
    ...[
      Buffer.from(token).toString('base64'),
      encodeURIComponent(encodeURIComponent(`.${token}`)),
      token.toUpperCase(),
    ],
    ...[
      token
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('base64'))
        .join('.'),
      `${token}${token}`,
    ],
  ),
)

/** Good tokens, spoilt as texts. Now and then one comes out as it was. */
export const mutatedToken: fc.Arbitrary<string> = fc.oneof(
  bitFlipped,
  misspelt,
  strayBits,
  reassembled,
  cut,
  dressed,
  encoded,
)
