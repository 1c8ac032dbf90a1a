import type { Cursor } from '../engine/cursor.ts'
import { NATIONAL, PHONE, THING } from '../vocabulary/flags.ts'
import { endOf, type DigitGroups } from './digit-groups.ts'
import { isValid, nationalForms, type NationalForm } from './national-table.ts'
import { isEnd, type Place } from './place.ts'

/** A national number of digits: its form, its check digits, and the words around it. */
export function nationalId(cursor: Cursor, groups: DigitGroups, place: Place): number {
  if (place.sign !== '') return 0
  const { text } = cursor
  const { starts, lengths, signs } = groups
  const start = starts[0]!
  let total = 0
  for (let count = 1; count <= starts.length && count <= 7; count++) {
    total += lengths[count - 1]!
    if (total > 18) break
    const forms = nationalForms.get(total)
    if (forms === undefined) continue
    const end = endOf(groups, count - 1)
    if (count < starts.length ? signs[count - 1] !== ' ' : !isEnd(text, end)) continue
    const written = text.slice(start, end)
    const score = best(cursor, forms, written, start, end)
    if (score > 0 && cursor.add('NATIONAL_ID', start, end, score)) return end
  }
  return 0
}

function best(cursor: Cursor, forms: readonly NationalForm[], written: string, start: number, end: number): number {
  const near = cursor.distance(NATIONAL, start)
  const named = near <= 48 && near <= cursor.distance(PHONE, start) && near <= cursor.distance(THING, start)
  let alone = 0
  let fits = false
  for (const form of forms) {
    if (!form.form.test(written)) continue
    fits = true
    if (isValid(form, written)) alone = Math.max(alone, named ? 0.95 : form.alone)
  }
  if (!fits) return 0
  // A written form behind its name is one, also where a digit was mistyped.
  if (alone === 0) return named && near <= 24 ? 0.55 : 0
  if (named || alone >= 0.7) return alone
  if (cursor.distance(THING, start) <= 24 || cursor.distance(PHONE, start) <= 24) return alone - 0.3
  return alone < 0.5 && (cursor.ahead(end) & NATIONAL) !== 0 ? 0.8 : alone
}
