import { isDigit } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'

const MOST_GROUPS = 12
const MOST_DIGITS = 34

/** Digits with what stands between them: `+44 (0)20 7946-0958`, `4111 1111 1111 1111`, `12.345.678-5`. */
export interface DigitGroups {
  readonly starts: readonly number[]
  readonly lengths: readonly number[]
  /** What stands between a group and the next. */
  readonly signs: readonly string[]
}

const between = /[ \u00a0]?[-–‑./()][ \u00a0(]?|[ \u00a0]\(|\) ?\(?|[ \u00a0\u202f]|\)[-./ ]{1,2}/y

/** Reads groups from a digit on; bounded. */
export function readGroups({ text, end }: Cursor, start: number): DigitGroups {
  const starts: number[] = []
  const lengths: number[] = []
  const signs: string[] = []
  let at = start
  let digits = 0
  for (;;) {
    let stop = at
    while (stop < end && stop - at <= MOST_DIGITS && isDigit(text.charCodeAt(stop))) stop++
    if (stop === at) break
    digits += stop - at
    starts.push(at)
    lengths.push(stop - at)
    if (starts.length === MOST_GROUPS || digits > MOST_DIGITS) break
    const sign = signAt(text, stop, end)
    if (sign === '') break
    signs.push(sign)
    at = stop + sign.length
  }
  signs.length = starts.length - 1
  return { starts, lengths, signs }
}

function signAt(text: string, at: number, end: number): string {
  const c = text.charCodeAt(at)
  // The common ends of a number, without a regular expression.
  if (at >= end || c === 44 || c === 10 || c === 34 || c === 58 || c === 59) return ''
  if ((c === 32 || c === 45 || c === 46 || c === 47) && isDigit(text.charCodeAt(at + 1))) return text[at]!
  between.lastIndex = at
  const found = between.exec(text)?.[0] ?? ''
  return found !== '' && isDigit(text.charCodeAt(at + found.length)) ? found : ''
}

/** The digits of the first `count` groups. */
export function digitsOf(text: string, groups: DigitGroups, count: number): string {
  let digits = ''
  for (let i = 0; i < count; i++) digits += text.slice(groups.starts[i]!, groups.starts[i]! + groups.lengths[i]!)
  return digits
}

/** Where a group ends. */
export function endOf(groups: DigitGroups, index: number): number {
  return groups.starts[index]! + groups.lengths[index]!
}
