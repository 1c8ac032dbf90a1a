import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { Cursor } from '../engine/cursor.ts'
import { BANK, CARD, NATIONAL, PHONE, THING } from '../vocabulary/flags.ts'
import { digitsOf, endOf, type DigitGroups } from './digit-groups.ts'
import { isEnd, type Place } from './place.ts'
import { phoneShape } from './phone-shape.ts'

const extension = /(?:[ ,;]{0,2}(?:x|ext\.?|extension|durchwahl|poste|#)[ .:]{0,2}\d{1,6})(?![\w])/iy

/** A telephone number, by its shape and by the words around it. */
export function phone(cursor: Cursor, groups: DigitGroups, place: Place): number {
  const { text } = cursor
  const count = longest(cursor, groups, place)
  if (count === 0) return 0
  const start = place.sign === '' ? groups.starts[0]! : place.lead
  let end = endOf(groups, count - 1)
  if (place.sign === '(' && !text.slice(start, end).includes(')')) return 0
  const score = scoreOf(cursor, groups, place, count, start, end)
  if (score === 0) return 0
  extension.lastIndex = end
  if (extension.test(text)) end = extension.lastIndex
  return cursor.add('PHONE', start, end, score) ? end : 0
}

/** How many of the groups belong to the number. */
function longest(cursor: Cursor, groups: DigitGroups, place: Place): number {
  const { text } = cursor
  const { starts, lengths, signs } = groups
  const international = place.sign.includes('+')
  let total = 0
  let best = 0
  for (let count = 1; count <= starts.length; count++) {
    total += lengths[count - 1]!
    if (total > 17) break
    const end = endOf(groups, count - 1)
    if (count < starts.length ? signs[count - 1] !== ' ' : !isEndOfPhone(text, end)) continue
    if (total < 7 || !couldBe(text, groups, place, count, total)) continue
    best = count
    // One that is whole does not take the next number along.
    if (international && count < starts.length && isWhole(text, place.lead, end)) break
    if (!international && phoneShape(text, groups, place, count) >= 0.6) break
  }
  return best
}

/** An extension may follow at once. */
function isEndOfPhone(text: string, at: number): boolean {
  return isEnd(text, at) || /^x\d{1,6}\b/i.test(text.slice(at, at + 8))
}

function couldBe(text: string, groups: DigitGroups, place: Place, count: number, total: number): boolean {
  if (place.sign.includes('+'))
    return (
      total >= 8 &&
      total <= 15 + Number(text.slice(place.lead, endOf(groups, count - 1)).includes('(0)')) &&
      groups.lengths[0]! > 0
    )
  return total <= 15
}

function isWhole(text: string, start: number, end: number): boolean {
  return parsePhoneNumberFromString(text.slice(start, end).replace('(0)', ''))?.isPossible() === true
}

function scoreOf(cursor: Cursor, groups: DigitGroups, place: Place, count: number, start: number, end: number): number {
  const near = cursor.distance(PHONE, start)
  const other = Math.min(
    cursor.distance(THING, start),
    cursor.distance(CARD, start),
    cursor.distance(NATIONAL, start),
    cursor.distance(BANK, start),
  )
  const shape = phoneShape(cursor.text, groups, place, count)
  if (shape < 0) return 0
  if (place.sign.includes('+')) return other < near && other <= 8 ? 0.6 : 0.95
  if (near <= 32 && near <= other) return Math.max(shape, 0) + 0.4
  if (other <= 24) return shape - 0.4
  if (shape >= 0.6) return shape
  if (shape < 0.2) return 0
  const digits = digitsOf(cursor.text, groups, count)
  if (digits.length < 8 && shape < 0.3) return 0
  return (cursor.ahead(end, 24) & PHONE) !== 0 ? shape + 0.3 : shape
}
