import { fold, isAlnum } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { STREET_FIRST } from '../vocabulary/flags.ts'
import { vocabulary } from '../vocabulary/vocabulary.ts'
import { addressTail } from './address-tail.ts'

const houseNumber = ' \\d{1,4}(?: ?[a-zA-Z](?![\\w]))?(?: ?[-/] ?\\d{1,4}[a-z]?)?(?![\\w]|[.,:]\\d|-\\d)'
const behindCompound = new RegExp(houseNumber, 'y')
const endings = [
  'straße',
  'strasse',
  'gasse',
  'platz',
  'allee',
  'damm',
  'ufer',
  'chaussee',
  'straat',
  'laan',
  'plein',
  'gracht',
  'kade',
  'singel',
  'gatan',
  'vägen',
  'gata',
  'veien',
  'vegen',
  'gade',
  'vej',
  'katu',
  'tie',
  'weg',
  'ring',
  'steig',
  'stieg',
  'berg',
  'markt',
  'dijk',
]
const lastLetters = new Set(endings.map((ending) => fold(ending.charCodeAt(ending.length - 1))))

/** `Hauptstraße 12a, 10115 Berlin`: a word that ends as streets do, and a number. */
export function compoundStreet(cursor: Cursor, start: number, stop: number): number {
  const { text } = cursor
  const dotted = text.charCodeAt(stop) === 46 && fold(text.charCodeAt(stop - 1)) === 114
  if (text.charCodeAt(stop) !== 32 && !dotted) return start
  if (!dotted && !lastLetters.has(fold(text.charCodeAt(stop - 1)))) return start
  const folded = text.slice(start, stop).toLowerCase()
  if (
    dotted
      ? !folded.endsWith('str')
      : !endings.some((ending) => folded.endsWith(ending) && folded.length > ending.length)
  )
    return start
  behindCompound.lastIndex = dotted ? stop + 1 : stop
  if (!behindCompound.test(text)) return start
  const end = addressTail(text, behindCompound.lastIndex)
  return cursor.add('ADDRESS', start, end, 0.75) ? end : start
}

const particles =
  "(?:(?:de|du|des|da|do|dos|das|del|della|dei|degli|di|la|le|les|las|los|el|san|santa|saint|sainte|y|e|et) |d['’]|l['’]|dell['’]){0,3}"
const proper = "\\p{Lu}[\\p{L}\\p{M}'’.-]{1,24}"
const namedStreet = new RegExp(` ${particles}${proper}(?: ${particles}${proper}){0,3}`, 'uy')
const numberBehind = new RegExp(`,?(?: n[º°.])?${houseNumber}`, 'y')

/** `Calle Mayor 5`, `Via Roma, 10`: what kind of street, its name, its number. */
export function streetThenNumber(cursor: Cursor, start: number, stop: number): number {
  const { text } = cursor
  namedStreet.lastIndex = stop
  if (!namedStreet.test(text)) return stop
  numberBehind.lastIndex = namedStreet.lastIndex
  if (!numberBehind.test(text)) return stop
  const end = addressTail(text, numberBehind.lastIndex)
  return cursor.add('ADDRESS', start, end, 0.7) ? end : stop
}

/** `12 rue de la Paix, 75002 Paris`: number, kind and name. */
export function frenchStreet(cursor: Cursor, start: number, at: number): number {
  const { text } = cursor
  let from = at
  if (text.startsWith('bis ', at) || text.startsWith('ter ', at)) from = at + 4
  let stop = from
  while (stop - from < 12 && isAlnum(text.charCodeAt(stop))) stop++
  if ((vocabulary.of(text, from, stop) & STREET_FIRST) === 0) return start
  namedStreet.lastIndex = stop
  if (!namedStreet.test(text)) return start
  const end = addressTail(text, namedStreet.lastIndex)
  return cursor.add('ADDRESS', start, end, 0.7) ? end : start
}
