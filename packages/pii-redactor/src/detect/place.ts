import { isAlnum, isDigit } from '../engine/alphabet.ts'

/** What a number stands in: whether it is the whole of something. */
export interface Place {
  /** Where a leading `+` or `(` would begin, or the number itself. */
  readonly lead: number
  /** What leads: empty, `+`, `(`, `(+`. */
  readonly sign: string
  /** Whether nothing before hints at a larger thing. */
  readonly free: boolean
}

/** Where a number stands that begins here. */
export function placeOf(text: string, start: number): Place {
  let lead = start
  if (lead > 0 && text[lead - 1] === '(') lead--
  if (lead > 0 && text[lead - 1] === '+') lead--
  if (lead > 0 && text[lead - 1] === '(' && text[lead] === '+') lead--
  const sign = text.slice(lead, start)
  if (lead === 0) return { lead, sign, free: true }
  const before = text.charCodeAt(lead - 1)
  if (isAlnum(before) && sign !== '(') return { lead, sign, free: false }
  if (
    before === 95 ||
    before === 45 ||
    before === 47 ||
    before === 36 ||
    before === 0x20ac ||
    before === 0xa3 ||
    before === 0xa5
  ) {
    // A minus of its own, as a bullet or in "x - 1", is none of the number.
    const own = before === 45 && (lead < 2 || text.charCodeAt(lead - 2) === 32)
    return { lead, sign, free: own || (sign.includes('+') && before !== 95) }
  }
  if (before === 46 || before === 44) return { lead, sign, free: !isDigit(text.charCodeAt(lead - 2)) }
  return { lead, sign, free: before !== 35 && before !== 64 && before !== 37 && before !== 92 }
}

/** Whether a number ends here, and is no part of something longer. */
export function isEnd(text: string, at: number): boolean {
  if (at >= text.length) return true
  const c = text.charCodeAt(at)
  if (isAlnum(c) || c === 95 || c === 64 || c === 37) return false
  const next = text.charCodeAt(at + 1)
  if (c === 45) return !isAlnum(next)
  if (c === 46 || c === 58 || c === 44) return !isDigit(next)
  return !(c === 47 && isDigit(next))
}
