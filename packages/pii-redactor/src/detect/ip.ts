import { isAlnum, isDigit } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { isIPv6 } from 'node:net'
import { VERSION } from '../vocabulary/flags.ts'

function isHex(c: number): boolean {
  return isDigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)
}

/** An IPv6 address around its first colon. */
export function ipv6(cursor: Cursor, at: number, next: number): number {
  const { text, end } = cursor
  if (!isHex(next) && next !== 58) return at + 1
  let start = at
  while (start > 0 && at - start < 5 && isHex(text.charCodeAt(start - 1))) start--
  if (at - start > 4) return at + 1
  const before = text.charCodeAt(start - 1)
  if (start > 0 && (isAlnum(before) || before === 58 || before === 95 || before === 46)) return at + 1
  let stop = at
  let colons = 0
  let hasDigit = false
  while (stop < end && stop - start < 46) {
    const c = text.charCodeAt(stop)
    if (c === 58) colons++
    else if (isDigit(c)) hasDigit = true
    else if (!isHex(c) && c !== 46) break
    stop++
  }
  if (colons < 2) return at + 1
  if (isDigit(text.charCodeAt(start))) hasDigit = true
  while (
    stop > at &&
    (text.charCodeAt(stop - 1) === 46 || (text.charCodeAt(stop - 1) === 58 && text.charCodeAt(stop - 2) !== 58))
  )
    stop--
  if (stop < end && isAlnum(text.charCodeAt(stop))) return stop
  const address = text.slice(start, stop)
  // `::` and `::1` are nobody's, and `a::b` is more often a name in a program.
  if (!hasDigit || !isIPv6(address) || /^(?:::|::1|0*(?::0*){1,7}:0*1?)$/.test(address)) return stop
  return cursor.add('IP', start, stop, 0.9) ? stop : at + 1
}

/** An IPv4 address of four groups. */
export function ipv4(cursor: Cursor, start: number, stop: number): boolean {
  const { text, end } = cursor
  const parts = text.slice(start, stop).split('.')
  if (parts.some((part) => part.length > 3 || Number(part) > 255 || (part.length > 1 && part.startsWith('0'))))
    return false
  const next = text.charCodeAt(stop)
  if (stop < end && (isAlnum(next) || next === 95 || (next === 46 && isDigit(text.charCodeAt(stop + 1))))) return false
  // Loopback, unspecified, broadcast and masks are nobody's.
  const first = Number(parts[0])
  if (first === 127 || first === 255 || parts.every((part) => part === '0')) return false
  const version = cursor.distance(VERSION, start) <= 12
  const small = parts.every((part) => Number(part) < 20) || first === 0
  return cursor.add('IP', start, stop, version ? (small ? 0.1 : 0.45) : small && first < 8 ? 0.55 : 0.9)
}
