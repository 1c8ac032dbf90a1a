import type { Cursor } from '../engine/cursor.ts'
import { COMMON, GIVEN, GREETING, MONTH, STREET, THING, TITLE } from '../vocabulary/flags.ts'
import { vocabulary } from '../vocabulary/vocabulary.ts'
import type { Value } from './value.ts'

const part =
  "(?:\\p{Lu}(?:['’]\\p{Lu})?[\\p{L}\\p{M}]{1,24}(?:['’-]\\p{Lu}?[\\p{L}\\p{M}]{1,24}){0,2}|\\p{Lu}\\.|\\p{Lu}(?= \\p{Lu}\\p{L}))"
const particle =
  "(?:(?:van|von|vom|zu|zur|de|da|do|dos|das|del|della|di|du|den|der|des|la|le|las|los|bin|ibn|al|el|ten|ter|af|av|y|e|O['’])[ ]){0,2}"
const suffix = '(?:,? (?:Jr\\.?|Sr\\.?|II|III|IV|PhD|Ph\\.D\\.|MD|DDS|DVM|MBA|Esq\\.?)(?![\\p{L}\\d]))?'
const names = new RegExp(`${part}(?: ${particle}${part}){0,3}${suffix}`, 'uy')
const surnameFirst = new RegExp(`${part}, ${part}(?: ${part}){0,1}`, 'uy')
const eastern =
  /[\p{Script=Han}]{2,4}(?![\p{L}])|[\p{Script=Hangul}]{2,4}(?![\p{L}])|[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}]{1,4} ?[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}]{1,5}(?![\p{L}])/uy
const wordIn = /[\p{L}\p{M}]+/gu

/** Takes words off that are no names; answers the end of what is left, and how many words that are. */
function trimmed(cursor: Cursor, start: number, stop: number): { end: number; words: number; given: boolean } {
  const { text } = cursor
  let end = start
  let words = 0
  let given = false
  let at = start
  for (const piece of text.slice(start, stop).split(/(?<= )/)) {
    const bare = piece.trimEnd()
    let flags = 0
    let full = 0
    for (const found of bare.matchAll(wordIn)) {
      flags |= vocabulary.of(found[0], 0, found[0].length)
      full = Math.max(full, found[0].length)
    }
    const isGiven = (flags & GIVEN) !== 0
    const strange = (flags & (COMMON | TITLE | GREETING)) !== 0 || (flags & (THING | STREET | MONTH)) !== 0
    if (strange && !isGiven && words > 0) break
    if (strange && !isGiven) return { end: start, words: 0, given }
    if (isGiven) given = true
    if (full > 1 && /^\p{Lu}/u.test(bare)) words++
    end = at + bare.length
    at += piece.length
  }
  // Particles and initials at the end belong to what was taken off.
  const left = text.slice(start, end)
  const cut = left.replace(/(?: (?:\p{Ll}[\p{L}'’]*|\p{Lu}))+$/u, '')
  return { end: start + cut.length, words, given }
}

function read(cursor: Cursor, start: number): ReturnType<typeof trimmed> {
  names.lastIndex = start
  if (!names.test(cursor.text)) return { end: start, words: 0, given: false }
  return trimmed(cursor, start, names.lastIndex)
}

/** A name that begins with a given one: at least one more word must follow. */
export function nameFromGiven(cursor: Cursor, start: number, stop: number, flags: number): number {
  const before = cursor.text.charCodeAt(start - 1)
  if (start > 0 && (before === 47 || before === 46 || before === 95 || before === 45 || before === 64)) return stop
  const { end, words } = read(cursor, start)
  if (end <= stop || words < 2) return stop
  // A month or a common word that is also a given name says less.
  const ambiguous = (flags & (COMMON | MONTH | STREET)) !== 0
  return cursor.add('NAME', start, end, ambiguous ? 0.45 : 0.7) ? end : stop
}

const behindTitle = /\.?[ \u00a0]/y

export function titledName(cursor: Cursor, stop: number): number {
  behindTitle.lastIndex = stop
  if (!behindTitle.test(cursor.text)) return stop
  const start = behindTitle.lastIndex
  const { end, words } = read(cursor, start)
  if (words === 0 || end - start < 2) return stop
  return cursor.add('NAME', start, end, 0.8) ? end : stop
}

export function greetedName(cursor: Cursor, stop: number): number {
  if (cursor.text.charCodeAt(stop) !== 32) return stop
  const start = stop + 1
  const { end, words, given } = read(cursor, start)
  if (words === 0) return stop
  const next = cursor.text.charCodeAt(end)
  // "Dear Ada," and "Hi Ada Lovelace": one word alone must be known, or be followed by what follows a greeting.
  if (words === 1 && !given && next !== 44 && next !== 33) return stop
  return cursor.add('NAME', start, end, 0.65) ? end : stop
}

/** A name behind a label such as `name:` or `patient`. */
export function labelledName(cursor: Cursor, value: Value, sure: boolean): number {
  const { text } = cursor
  const { at } = value
  eastern.lastIndex = at
  if (value.signed && eastern.test(text)) return cursor.add('NAME', at, eastern.lastIndex, 0.8) ? eastern.lastIndex : at
  surnameFirst.lastIndex = at
  const reversed = value.signed && surnameFirst.test(text) ? trimmed(cursor, at, surnameFirst.lastIndex) : undefined
  const { end, words, given } = reversed !== undefined && reversed.words > 1 ? reversed : read(cursor, at)
  if (words === 0) return at
  if (!value.signed && !value.said && !sure) return at
  if (!value.signed && !value.said && words < 2 && !given) return at
  if (!sure && words < 2 && !given) return at
  return cursor.add('NAME', at, end, sure ? 0.85 : given ? 0.8 : 0.65) ? end : at
}
