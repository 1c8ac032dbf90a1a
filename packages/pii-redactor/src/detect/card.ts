import type { Cursor } from '../engine/cursor.ts'
import { CARD, THING } from '../vocabulary/flags.ts'
import { digitsOf, endOf, type DigitGroups } from './digit-groups.ts'
import { isEnd, type Place } from './place.ts'

/** Luhn (ISO/IEC 7812-1, annex B). */
function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    let value = digits.charCodeAt(i) - 48
    if (double && (value *= 2) > 9) value -= 9
    sum += value
  }
  return sum % 10 === 0
}

/** Whether the first digits and the length are those of an issuer of payment cards. */
function isIssued(digits: string): boolean {
  const { length } = digits
  const two = Number(digits.slice(0, 2))
  const four = Number(digits.slice(0, 4))
  if (digits[0] === '4') return length === 13 || length === 16 || length === 19
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16
  if (two === 34 || two === 37) return length === 15
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499)) return length >= 16 && length <= 19
  if (four >= 3528 && four <= 3589) return length >= 16 && length <= 19
  if ((four >= 3000 && four <= 3059) || two === 36 || two === 38 || two === 39) return length >= 14 && length <= 19
  // UnionPay, Maestro, Mir, RuPay, Troy, Verve.
  if (two === 62 || two === 81) return length >= 16 && length <= 19
  if (four >= 2200 && four <= 2204) return length >= 16 && length <= 19
  if (two === 50 || (two >= 56 && two <= 69)) return length >= 12 && length <= 19
  return two === 60 || two === 82 || four === 9792 ? length === 16 : false
}

const GROUPINGS = new Set([
  '4444',
  '465',
  '464',
  '44441',
  '44442',
  '44443',
  '4443',
  '445',
  '4455',
  '6613',
  '54441',
  '645',
  '3544',
  '4554',
  '88',
  '66',
  '67',
  '613',
  '66 7',
])

/** A payment card: in the usual groups or in one piece, of a known issuer, with its check digit. */
export function card(cursor: Cursor, groups: DigitGroups, place: Place): number {
  const { starts, lengths, signs } = groups
  if (place.sign !== '') return 0
  let total = 0
  let found = 0
  for (let count = 1; count <= starts.length && count <= 5; count++) {
    total += lengths[count - 1]!
    if (count > 1 && (signs[count - 2] !== signs[0] || !/^[ \u00a0.-]$/.test(signs[0]!))) break
    if (total > 19) break
    if (total >= 12 && accept(cursor, groups, count)) found = count
  }
  if (found === 0) return 0
  const end = endOf(groups, found - 1)
  const { score } = judge(cursor, starts[0]!, end, found > 1)
  return cursor.add('CARD', starts[0]!, end, score) ? end : 0
}

function accept(cursor: Cursor, groups: DigitGroups, count: number): boolean {
  const end = endOf(groups, count - 1)
  const more = count < groups.starts.length && groups.signs[count - 1] !== ' '
  if (more || !isEnd(cursor.text, end)) return false
  const digits = digitsOf(cursor.text, groups, count)
  if (count > 1 && !GROUPINGS.has(groups.lengths.slice(0, count).join(''))) return false
  return isIssued(digits) && isLuhn(digits) && !/^(\d)\1+$/.test(digits)
}

function judge(cursor: Cursor, start: number, end: number, grouped: boolean): { score: number } {
  const near = cursor.distance(CARD, start)
  const thing = cursor.distance(THING, start)
  if (near <= 40 && near <= thing) return { score: 0.99 }
  if (grouped) return { score: 0.95 }
  if (thing <= 24) return { score: 0.4 }
  const length = end - start
  return { score: length === 15 || length === 16 ? 0.8 : (cursor.ahead(end) & CARD) !== 0 ? 0.8 : 0.45 }
}
