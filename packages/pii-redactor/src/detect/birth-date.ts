import type { Cursor } from '../engine/cursor.ts'
import { date } from './dates.ts'

const lead = /(?:on |the |am |le |el |in )?(?:[\p{L}]{3,9}, )?/iuy

/** A date that a word before it says is one of birth. */
export function birthDate(cursor: Cursor, at: number, score: number): number {
  lead.lastIndex = at
  lead.test(cursor.text)
  for (const start of new Set([at, lead.lastIndex])) {
    date.lastIndex = start
    if (!date.test(cursor.text)) continue
    const end = date.lastIndex
    return cursor.add('DATE_OF_BIRTH', start, end, score) ? end : at
  }
  return at
}
