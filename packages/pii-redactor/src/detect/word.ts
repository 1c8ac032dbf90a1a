import { LONGEST_WORD } from '../engine/word-table.ts'
import type { Cursor } from '../engine/cursor.ts'
import { vocabulary } from '../vocabulary/vocabulary.ts'
import { ACTIVE, GIVEN, GREETING, STREET_FIRST, TITLE } from '../vocabulary/flags.ts'
import { isUpper } from '../engine/alphabet.ts'
import { greetedName, nameFromGiven, titledName } from './name.ts'
import { knownSecret } from './known-secret.ts'
import { labelled } from './labelled.ts'
import { compoundStreet, streetThenNumber } from './address-european.ts'

/** A word that passes: what it says of what stands near is remembered, and what begins with it is looked for. */
export function word(cursor: Cursor, start: number, stop: number, hash: number): number {
  const { text } = cursor
  const length = stop - start
  const secret = knownSecret(cursor, start)
  if (secret > start) return secret
  if (length > LONGEST_WORD) return stop
  const flags = vocabulary.find(text, start, stop, hash)
  const capital = isUpper(text.charCodeAt(start))
  if (capital && length > 5) {
    const street = compoundStreet(cursor, start, stop)
    if (street > start) return street
  }
  if (flags === 0) return stop
  const found = (flags & ACTIVE) === 0 ? stop : active(cursor, flags, start, stop, capital)
  cursor.remember(flags, stop)
  return found
}

function active(cursor: Cursor, flags: number, start: number, stop: number, capital: boolean): number {
  let found = stop
  if (capital && (flags & STREET_FIRST) !== 0) found = streetThenNumber(cursor, start, stop)
  if (found === stop) found = labelled(cursor, flags, start, stop)
  if (found === stop && capital && (flags & GIVEN) !== 0) found = nameFromGiven(cursor, start, stop, flags)
  if (found === stop && (flags & TITLE) !== 0) found = titledName(cursor, stop)
  if (found === stop && (flags & GREETING) !== 0) found = greetedName(cursor, stop)
  return found
}
