import type { Cursor } from '../engine/cursor.ts'
import { GEO } from '../vocabulary/flags.ts'
import type { Value } from './value.ts'

const pair =
  /(\d{1,2}|\d{2}\.)\.(\d{2,18})(°? ?[NS])?([,;][ ]?| )(-?(?:1[0-7]\d|180|\d{1,2}))\.(\d{2,18})(°? ?[EWO])?(?![\w]|\.\d)/y
const degrees =
  /\d{1,3}° ?\d{1,2}['′’] ?(?:\d{1,2}(?:\.\d{1,6})?["″”] ?)?[NS],? \d{1,3}° ?\d{1,2}['′’] ?(?:\d{1,2}(?:\.\d{1,6})?["″”] ?)?[EWO](?!\w)/y
const single = /[-+]?(?:1[0-7]\d|180|\d{1,2})\.\d{3,18}(?![\w.])/y

/** Latitude and longitude, the pair of them. */
export function coordinatePair(cursor: Cursor, at: number): number {
  const { text } = cursor
  pair.lastIndex = at
  const found = pair.exec(text)
  if (found === null) return at
  const [, whole, first = '', north = '', sign = '', , second = '', east = ''] = found
  if (Number(whole) > 90) return at
  const start = text[at - 1] === '-' ? at - 1 : at
  const before = text.charCodeAt(start - 1)
  if (start > 0 && ((before >= 48 && before <= 57) || before === 46 || before === 36)) return at
  const named = cursor.before(GEO, at, 40)
  const lettered = north !== '' && east !== ''
  if (sign === ' ' && !named && !lettered) return at
  const precise = Math.min(first.length, second.length)
  const score = named || lettered ? 0.9 : precise >= 4 ? 0.75 : 0.3
  return cursor.add('COORDINATES', start, pair.lastIndex, score) ? pair.lastIndex : at
}

/** Degrees, minutes and seconds. */
export function coordinateDegrees(cursor: Cursor, at: number): number {
  degrees.lastIndex = at
  if (!degrees.test(cursor.text)) return at
  return cursor.add('COORDINATES', at, degrees.lastIndex, 0.9) ? degrees.lastIndex : at
}

/** One of the two, behind its label. */
export function labelledCoordinate(cursor: Cursor, value: Value, _flags: number): number {
  const { text } = cursor
  const { at } = value
  if (!value.signed && !value.said) return at
  const bare = text[at] === '-' || text[at] === '+' ? at + 1 : at
  pair.lastIndex = bare
  const both = coordinatePair(cursor, bare)
  if (both > bare) return both
  single.lastIndex = at
  if (!single.test(text)) return at
  return cursor.add('COORDINATES', at, single.lastIndex, 0.8) ? single.lastIndex : at
}
