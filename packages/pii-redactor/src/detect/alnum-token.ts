import { isDigit } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { address } from './address.ts'
import { iban } from './iban.ts'
import { mixedId } from './national-mixed.ts'
import { knownSecret } from './known-secret.ts'

/** A token of letters and digits together. */
export function alnumToken(cursor: Cursor, start: number, stop: number): number {
  const { text } = cursor
  const secret = knownSecret(cursor, start)
  if (secret > start) return secret
  const length = stop - start
  if (length >= 4 && length <= 34) {
    const bank = iban(cursor, start, stop)
    if (bank > start) return bank
    const id = mixedId(cursor, start, stop)
    if (id > start) return id
  }
  if (isDigit(text.charCodeAt(start)) && length <= 6) {
    const place = address(cursor, start, stop)
    if (place > start) return place
  }
  return stop
}
