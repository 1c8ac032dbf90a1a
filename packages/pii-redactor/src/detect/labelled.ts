import type { Cursor } from '../engine/cursor.ts'
import {
  ADDRESS,
  BANK,
  BIRTH,
  FORE,
  GEO,
  LICENCE,
  NAME,
  NATIONAL,
  NOT_PERSON,
  PASSPORT,
  PERSON,
  SECRET,
  TITLE,
  WEAK_SECRET,
} from '../vocabulary/flags.ts'
import { labelledAddress } from './address.ts'
import { labelledAccount, labelledDocument } from './document-number.ts'
import { birthDate } from './birth-date.ts'
import { labelledCoordinate } from './coordinates.ts'
import { labelledName } from './name.ts'
import { labelledSecret } from './labelled-secret.ts'
import { valueAfter, type Value } from './value.ts'

type Reader = (cursor: Cursor, value: Value, flags: number) => number

/** What to look for behind a label, in order. */
const readers: readonly (readonly [flags: number, read: Reader])[] = [
  [SECRET | WEAK_SECRET, labelledSecret],
  [BIRTH, (cursor, value) => birthDate(cursor, value.at, 0.9)],
  [PASSPORT, (cursor, value) => labelledDocument(cursor, value, 'PASSPORT')],
  [LICENCE, (cursor, value) => labelledDocument(cursor, value, 'DRIVING_LICENCE')],
  [GEO, labelledCoordinate],
  [ADDRESS, labelledAddress],
  [BANK, labelledAccount],
]
const LABELS = SECRET | WEAK_SECRET | BIRTH | PASSPORT | LICENCE | GEO | ADDRESS | BANK | NAME | PERSON | NATIONAL

/** Reads a text that is all of a field's value, of which the words of the field's name say what it is. Answers where it ends. */
export function fieldValue(cursor: Cursor, flags: number): number {
  if ((flags & LABELS) === 0) return 0
  const value: Value = { at: 0, signed: true, said: false, quote: '' }
  for (const [wanted, read] of readers) {
    const end = (flags & wanted) === 0 ? 0 : read(cursor, value, flags)
    if (end > 0) return end
  }
  if ((flags & (NAME | PERSON)) === 0 || (flags & (NOT_PERSON | FORE)) === NOT_PERSON) return 0
  return labelledName(cursor, value, (flags & (PERSON | FORE)) !== 0)
}

/** Looks for the value of a label; answers where it ends, or the end of the label. */
export function labelled(cursor: Cursor, flags: number, start: number, stop: number): number {
  if ((flags & LABELS) === 0) return stop
  const value = valueAfter(cursor, stop)
  if (value === undefined) return stop
  for (const [wanted, read] of readers) {
    if ((flags & wanted) === 0) continue
    const end = read(cursor, value, flags)
    if (end > value.at) return end
  }
  if ((flags & (NAME | PERSON)) === 0) return stop
  const adjacent = start - cursor.lastEnd <= 2 ? cursor.lastFlags : 0
  if ((adjacent & FORE) === 0 && (adjacent & NOT_PERSON) !== 0) return stop
  const sure = (flags & PERSON) !== 0 || (adjacent & (FORE | TITLE)) !== 0
  const end = labelledName(cursor, value, sure)
  return end > value.at ? end : stop
}
