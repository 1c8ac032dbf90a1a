import { isAlnum, isDigit, isUpper } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { COMMON, STREET, STREET_FIRST } from '../vocabulary/flags.ts'
import { vocabulary } from '../vocabulary/vocabulary.ts'
import { frenchStreet } from './address-european.ts'
import { addressTail } from './address-tail.ts'
import type { Value } from './value.ts'

const MOST_WORDS = 6

/** A street address that begins with its number: `12B North Main St., Apt. 4, Springfield, IL 62704`. */
export function address(cursor: Cursor, start: number, stop: number): number {
  const { text } = cursor
  const before = text.charCodeAt(start - 1)
  if (
    start > 0 &&
    (isAlnum(before) || before === 46 || before === 45 || before === 47 || before === 35 || before === 36)
  )
    return start
  if (text.charCodeAt(stop) !== 32 && text.charCodeAt(stop) !== 44) return start
  let at = stop + (text.charCodeAt(stop) === 44 ? 2 : 1)
  const french = frenchStreet(cursor, start, at)
  if (french > start) return french
  let end = 0
  for (let count = 0; count < MOST_WORDS; count++) {
    const c = text.charCodeAt(at)
    if (!isUpper(c) && !(isDigit(c) && count < 2)) break
    let next = at
    while (next - at < 25 && isWordPart(text.charCodeAt(next))) next++
    const flags = vocabulary.of(text, at, next)
    if (count > 0 && (flags & STREET) !== 0) end = text.charCodeAt(next) === 46 && next - at <= 4 ? next + 1 : next
    else if (
      (flags & COMMON) !== 0 &&
      count === 0 &&
      (flags & STREET) === 0 &&
      next - at < 5 &&
      !/^(?:old|new|east|west)$/i.test(text.slice(at, next))
    )
      break
    if (text.charCodeAt(next) === 46 && next - at <= 3) next++
    if (text.charCodeAt(next) !== 32) break
    at = next + 1
  }
  if (end === 0) return start
  end = addressTail(text, end)
  return cursor.add('ADDRESS', start, end, 0.75) ? end : start
}

function isWordPart(c: number): boolean {
  return isAlnum(c) || c === 39 || c === 45 || c === 0x2019
}

const free = /[^\n\r"<>;|{}\t]{6,120}/y

/** What stands behind a label such as `address:`. */
export function labelledAddress(cursor: Cursor, value: Value, flags: number): number {
  const { text } = cursor
  const { at } = value
  if (!value.signed || (flags & (STREET | STREET_FIRST)) !== 0) return at
  free.lastIndex = at
  let found = free.exec(text)?.[0]
  if (found === undefined) return at
  const sentence = /[.!?] (?=\p{Lu})/u.exec(
    found.replaceAll(/\b(?:st|ave|rd|blvd|dr|ln|apt|ste|no|nr|str|av|sq|pl|ct)\./gi, (one) => `${one.slice(0, -1)}_`),
  )
  if (sentence !== null) found = found.slice(0, sentence.index)
  // The next field of a line of fields.
  found = found.replace(/[,\s]+[\p{L}_]{2,20}[:=].*$/su, '').replace(/[\s,.)\]]+$/, '')
  if (!/\d/.test(found) || !/\p{L}{2}/u.test(found) || !/[ ,]/.test(found) || /@|:\/\/|\d\.\d+\.\d|0x/.test(found))
    return at
  if (!/^[\p{Lu}\d#]/u.test(found) && !/\p{Script=Han}|\p{Script=Hangul}/u.test(found)) return at
  return cursor.add('ADDRESS', at, at + found.length, 0.7) ? at + found.length : at
}
