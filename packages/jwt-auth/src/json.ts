import { Refusal } from './errors.ts'

/** How deep objects and lists of a token may be nested. Real tokens need three or four. */
const MAX_DEPTH = 16

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the JSON object in a part of a token: well-formed UTF-8, bounded nesting, and no member twice, because two
 * parsers may each take another one of them (RFC 7515, section 4). What it gives is frozen, also inside.
 * @throws Refusal ERR_JWT_MALFORMED
 */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Refusal('ERR_JWT_MALFORMED', 'not UTF-8')
  }
  const written = countMembers(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal('ERR_JWT_MALFORMED', 'not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('ERR_JWT_MALFORMED', 'no JSON object')
  }
  // The parser keeps one of two members of the same name, however it is spelt, so that fewer are found than were written.
  if (freezeMembers(value) !== written) throw new Refusal('ERR_JWT_MALFORMED', 'a member occurs twice')
  return value as Record<string, unknown>
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** How many members a text has, if it is JSON. Looks at the text before any parser does, so that nesting is bounded first. */
function countMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i)
        break
      case 0x7b: // {
      case 0x5b: // [
        depth++
        if (depth > MAX_DEPTH) throw new Refusal('ERR_JWT_MALFORMED', 'nested too deeply')
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
      case 0x3a: // :
        members++
        break
      default:
    }
  }
  return members
}

function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start + 1)
  if (end === -1) return text.length
  if (text.charCodeAt(end - 1) !== BACKSLASH) return end
  let i = start + 1
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1
  return i
}

/** Freezes a value, and counts its members on the way. */
function freezeMembers(value: object): number {
  const isList = Array.isArray(value)
  const members: readonly unknown[] = isList ? value : Object.values(value)
  let count = isList ? 0 : members.length
  for (const one of members) if (typeof one === 'object' && one !== null) count += freezeMembers(one)
  Object.freeze(value)
  return count
}

/** Whether a parsed value is nested no deeper than a token may be. */
export function isWithinDepth(value: unknown, depth: number = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((one) => isWithinDepth(one, depth - 1))
}

/** Freezes a value that came from JSON of bounded depth. */
export function freezeDeep<Value extends object>(value: Value): Readonly<Value> {
  for (const one of Object.values(value) as unknown[]) if (typeof one === 'object' && one !== null) freezeDeep(one)
  return Object.freeze(value)
}
