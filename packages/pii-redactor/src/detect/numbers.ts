import type { Cursor } from '../engine/cursor.ts'
import { BIRTH } from '../vocabulary/flags.ts'
import { address } from './address.ts'
import { birthDate } from './birth-date.ts'
import { card } from './card.ts'
import { coordinateDegrees, coordinatePair } from './coordinates.ts'
import { endOf, readGroups, type DigitGroups } from './digit-groups.ts'
import { ipv4 } from './ip.ts'
import { nationalId } from './national.ts'
import { phone } from './phone.ts'
import { placeOf } from './place.ts'

/** A number that begins here. */
export function numbers(cursor: Cursor, start: number, stop: number): number {
  const { text, end } = cursor
  const length = stop - start
  const next = text.charCodeAt(stop)
  // A short number alone, which is most numbers.
  const alone =
    stop >= end ||
    next === 44 ||
    next === 10 ||
    next === 34 ||
    next === 58 ||
    next === 59 ||
    next === 125 ||
    next === 93
  if (alone && length < 7) return stop
  if (next === 0xb0) return Math.max(coordinateDegrees(cursor, start), stop)
  const groups = readGroups(cursor, start)
  const { starts, lengths, signs } = groups
  const place = placeOf(text, start)
  if (starts.length >= 4 && signs[0] === '.' && signs[1] === '.' && signs[2] === '.' && lengths[0]! <= 3) {
    if (place.sign === '' && text.charCodeAt(start - 1) !== 46 && ipv4(cursor, start, endOf(groups, 3)))
      return endOf(groups, 3)
  }
  if (lengths[0]! <= 3 && signs[0] === '.' && lengths[1]! > 1) {
    const pair = coordinatePair(cursor, start)
    if (pair > start) return pair
  }
  if (lengths[0]! <= 4 && starts.length > 1 && cursor.before(BIRTH, start)) {
    const date = birthDate(cursor, start, 0.85)
    if (date > start) return date
  }
  if (place.free) {
    const found = card(cursor, groups, place) || nationalId(cursor, groups, place) || phone(cursor, groups, place)
    if (found > 0) return found
  }
  if (length <= 6 && (next === 32 || next === 45 || next === 47)) {
    const found = address(cursor, start, stop)
    if (found > start) return found
  }
  return behindCluster(groups)
}

/** Where the next number may begin: behind the groups that are tied together by more than a space. */
function behindCluster({ starts, lengths, signs }: DigitGroups): number {
  let i = 0
  while (i < signs.length && signs[i] !== ' ') i++
  return starts[i]! + lengths[i]!
}
