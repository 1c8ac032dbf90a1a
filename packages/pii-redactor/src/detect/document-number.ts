import type { Cursor } from '../engine/cursor.ts'
import type { Value } from './value.ts'

const passport = /[A-Z]{0,3} ?\d{6,9}[A-Z]?(?![\w])|[A-Z\d]{8,9}(?![\w])/iy
const licence = /[A-Z\d](?:[A-Z\d]|[ *-](?=[A-Z\d])){4,23}(?![\w])/iy
const account = /\d{2,4}(?:[ -]?\d{2,6}){1,4}(?![\w]|[.,]\d)/y

/** The number of a passport or a licence behind its label. */
export function labelledDocument(cursor: Cursor, value: Value, entity: 'PASSPORT' | 'DRIVING_LICENCE'): number {
  const { text } = cursor
  const { at } = value
  const form = entity === 'PASSPORT' ? passport : licence
  form.lastIndex = at
  const found = form.exec(text)?.[0]
  if (found === undefined) return at
  // Of a licence without a sign only one piece: words of the sentence follow.
  const piece = entity === 'PASSPORT' ? found : oneNumber(found)
  const digits = piece.replaceAll(/\D/g, '').length
  if (digits < 4 || piece.length < 5 || /^\d{4}[ -]\d\d[ -]\d\d/.test(piece)) return at
  const score = value.signed || value.said || digits >= 5 ? 0.8 : 0.5
  const end = at + piece.length
  return cursor.add(entity, at, end, score) ? end : at
}

/** Pieces up to the first that has no digit and is no short prefix. */
function oneNumber(found: string): string {
  let length = 0
  for (const piece of found.split(/(?<=[ ])/)) {
    const bare = piece.trimEnd()
    if (/^[a-z]+$/.test(bare) || (/^[A-Za-z]+$/.test(bare) && bare.length > 5)) break
    length += piece.length
  }
  return found.slice(0, length).trimEnd()
}

/** The number of a bank account, a routing number or a sort code behind its label. */
export function labelledAccount(cursor: Cursor, value: Value, _flags: number): number {
  const { at } = value
  account.lastIndex = at
  const found = account.exec(cursor.text)?.[0]
  if (found === undefined) return at
  const digits = found.replaceAll(/\D/g, '').length
  if (digits < 6 || digits > 18 || !(value.signed || value.said || digits >= 8)) return at
  const end = at + found.length
  return cursor.add('BANK_ACCOUNT', at, end, 0.7) ? end : at
}
