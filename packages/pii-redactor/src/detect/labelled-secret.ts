import type { Cursor } from '../engine/cursor.ts'
import { SECRET } from '../vocabulary/flags.ts'
import type { Value } from './value.ts'

const scheme = /(?:Bearer|Basic|Token|Digest|ApiKey|DPoP)[ \t]{1,2}/iy
const quotedValue = /[^"'`\n\r]{4,256}/y
const bareValue = /[^\s"'`,;<>(){}|&]{4,4000}/y
const word =
  /^(?:true|false|null|undefined|none|required|optional|invalid|missing|expired|incorrect|wrong|changed|reset|string|number|boolean|object|redacted|hidden|unset|empty|default|failed|\*+|x+|\.+|\[.*|\$.*|%.*|<.*)$/i

/** A password, key or token behind its label. */
export function labelledSecret(cursor: Cursor, value: Value, flags: number): number {
  const { text } = cursor
  let { at } = value
  // `[SECRET]` stands where something was taken out before.
  if (text[at - 1] === '[') return at
  scheme.lastIndex = at
  const named = scheme.test(text)
  if (named) at = scheme.lastIndex
  // "Bearer <token>" has no sign between; a weak label without one is a word like any other.
  if (!value.signed && !named && !(value.said && (flags & SECRET) !== 0)) {
    if ((flags & SECRET) === 0 || !bearer(text, value.at)) return value.at
  }
  const pattern = value.quote !== '' && value.quote !== '\\"' ? quotedValue : bareValue
  pattern.lastIndex = at
  const found = pattern.exec(text)?.[0]
  if (found === undefined) return value.at
  let end = at + found.length
  while (end > at && '.,!?:\\'.includes(text[end - 1]!)) end--
  const content = text.slice(at, end)
  if (content.length < 4 || word.test(content)) return value.at
  const sure = (flags & SECRET) !== 0
  if (!sure && !isRandom(content)) return value.at
  if (sure && !value.signed && !isUnlikeWord(content)) return value.at
  if (content.includes('://')) return value.at
  return cursor.add('SECRET', at, end, value.signed ? 0.9 : 0.75) ? end : value.at
}

function bearer(text: string, at: number): boolean {
  return /(?:bearer|basic)[ \t]$/i.test(text.slice(Math.max(0, at - 8), at))
}

/** Whether a text has what no word has: digits or signs among letters. */
function isUnlikeWord(text: string): boolean {
  return text.length >= 6 && /[\d!@#$%^&*_+=~]/.test(text) && !/^[\d.,:/-]+$/.test(text.replace(/^\d{4,8}$/, ''))
}

/** Whether a text is random by its looks: long, of several kinds of characters, and with much entropy. */
function isRandom(text: string): boolean {
  if (text.length < 16 || /\s/.test(text)) return false
  const kinds = Number(/[a-z]/.test(text)) + Number(/[A-Z]/.test(text)) + Number(/\d/.test(text))
  return kinds >= 2 && entropy(text.slice(0, 128)) >= 3
}

/** Shannon's, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1)
  let sum = 0
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length)
  return sum
}
