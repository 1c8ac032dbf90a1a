import type { DigitGroups } from './digit-groups.ts'
import type { Place } from './place.ts'

/** How much groups of digits look like a telephone number, without words around: -1 for never. From 0.6 on it is taken by itself. */
export function phoneShape(text: string, { starts, lengths, signs }: DigitGroups, place: Place, count: number): number {
  const own = lengths.slice(0, count)
  const form = own.join('-')
  const total = own.reduce((sum, one) => sum + one, 0)
  const joined = signs.slice(0, count - 1)
  if (place.sign.includes('+')) return 0.95
  if (isDate(own, joined) || isDecimal(own, joined)) return -1
  if (place.sign === '(') {
    if (joined[0]?.includes(')') !== true) return -1
    return total >= 8 && own[0]! <= 5 ? 0.8 : total >= 7 ? 0.3 : -1
  }
  if (joined.some((sign) => sign.includes('(')) && total >= 9) return 0.7
  if (hasTrunk(text, starts[0]!) && total >= 9 && total <= 15) {
    if (count > 1 && own[0]! <= 6) return joined.every((sign) => sign !== '.') || count > 2 ? 0.65 : 0.3
    if (count === 1 && total >= 10 && total <= 12) return 0.45
  }
  const even = joined.every((sign) => sign === joined[0])
  // North America: 3-3-4, with or without the 1 before.
  if (form === '3-3-4' || form === '1-3-3-4') return joined.every((sign) => /^[ .\u00a0–‑-]$/.test(sign)) ? 0.75 : 0.6
  if (form === '3-4' && joined[0] === '-') return 0.25
  if (form === '3-7' || form === '1-10') return 0.3
  // France, Belgium and others: five or four pairs.
  if (form === '2-2-2-2-2') return even && joined[0] !== '/' ? 0.65 : 0.3
  if (form === '2-2-2-2') return 0.3
  if (form === '3-2-2-2' || form === '3-3-3' || form === '4-2-2-2' || form === '2-3-2-2' || form === '3-2-2-3')
    return 0.35
  if (
    form === '4-3-3' ||
    form === '4-4' ||
    form === '5-6' ||
    form === '5-5' ||
    form === '4-6' ||
    form === '3-4-4' ||
    form === '2-4-4'
  )
    return 0.4
  if (count === 1) return total >= 7 && total <= 14 ? 0.15 : -1
  return total >= 8 && total <= 15 && count <= 6 ? 0.3 : 0.1
}

/** Whether a leading zero makes of it a national number: a trunk prefix, as most countries have it. */
function hasTrunk(text: string, start: number): boolean {
  return text.charCodeAt(start) === 48
}

function isDate(lengths: readonly number[], signs: readonly string[]): boolean {
  if (lengths.length < 3 || signs[0] !== signs[1] || !/^[-./]$/.test(signs[0] ?? '')) return false
  const form = lengths.slice(0, 3).join('-')
  return /^(?:4-[12]-[12]|[12]-[12]-4|2-2-2)$/.test(form) && !(lengths.length > 3 && signs[2] === signs[0])
}

function isDecimal(lengths: readonly number[], signs: readonly string[]): boolean {
  return lengths.length === 2 && signs[0] === '.'
}
