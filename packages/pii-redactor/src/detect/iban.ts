import { isValidIBAN } from 'ibantools'
import { isAlnum, isDigit } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'

const LONGEST = 34

/** An IBAN (ISO 13616), in one piece or in groups; by its country's length and check digits. */
export function iban(cursor: Cursor, start: number, stop: number): number {
  const { text, end } = cursor
  const c = text.charCodeAt(start)
  const d = text.charCodeAt(start + 1)
  if (!isLetter(c) || !isLetter(d) || !isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3)))
    return start
  const before = text.charCodeAt(start - 1)
  if (start > 0 && (before === 95 || before === 45)) return start
  let compact = text.slice(start, stop)
  let at = stop
  const ends: [place: number, length: number][] = [[at, compact.length]]
  while (at < end - 1 && compact.length < LONGEST && at - start < 48) {
    const sign = text.charCodeAt(at)
    if (sign !== 32 && sign !== 45 && sign !== 160) break
    let next = at + 1
    while (next < end && next - at <= 30 && text.charCodeAt(next) < 128 && isAlnum(text.charCodeAt(next))) next++
    if (next === at + 1) break
    compact += text.slice(at + 1, next)
    at = next
    ends.push([at, compact.length])
  }
  for (const [place, length] of ends.reverse()) {
    if (length < 15 || length > LONGEST) continue
    if (isValidIBAN(compact.slice(0, length).toUpperCase()))
      return cursor.add('IBAN', start, place, 0.99) ? place : start
  }
  return start
}

function isLetter(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122)
}
