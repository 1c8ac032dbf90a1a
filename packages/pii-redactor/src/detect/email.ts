import { isAlnum } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'

/** RFC 5321, section 4.5.3.1 allows 64; longer ones are still somebody's. */
const LONGEST_LOCAL = 128
const domain =
  /[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[\p{L}\p{N}])?){1,8}/uy
const literal = /\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[\da-f:.]{2,45})\]/iy

function codesOf(text: string): ReadonlySet<number> {
  return new Set(Array.from(text, (c) => c.charCodeAt(0)))
}

/** The characters of RFC 5322's dot-atom, and those of RFC 6531, but for the ones that stand around an address in other texts. */
const LOCAL = new Uint8Array(128)
for (const c of "!#$%&'*+-/=?^_`{|}~.") LOCAL[c.charCodeAt(0)] = 1
/** Of those, what an address rarely begins with and text around it often ends with. */
const TRIMMED = codesOf("!#$%&'*+-/=?^`{|}~.")
/** A sign before which an address has not begun yet: `user=ada@example.com`, `to:x|y@z`. */
const CUTS = codesOf("=|/?&`{}'!#$%*^")

/** An address of e-mail around an `@`. */
export function email(cursor: Cursor, at: number): number {
  const { text } = cursor
  let start = at
  const least = Math.max(0, at - LONGEST_LOCAL)
  if (text.charCodeAt(at - 1) === 34) start = quoted(text, at, least)
  else {
    while (start > least && isLocal(text.charCodeAt(start - 1))) start--
    for (let i = at - 2; i > start; i--) if (CUTS.has(text.charCodeAt(i))) start = i + 1
  }
  while (start < at && TRIMMED.has(text.charCodeAt(start))) start++
  if (start === at) return at + 1
  const pattern = text.charCodeAt(at + 1) === 91 ? literal : domain
  pattern.lastIndex = at + 1
  const found = pattern.exec(text)
  if (found === null) return at + 1
  let stop = pattern.lastIndex
  if (pattern === domain) {
    stop = at + 1 + topLevel(found[0])
    if (stop === at + 1) return at + 1
    // `ssh git@host.example:repo` and `user@host.local/path` are addresses all the same; `x@2x.png` is a file.
    if (/^\dx\.(?:png|jpe?g|gif|webp|svg)$/i.test(found[0])) return stop
  }
  // Credentials of a URL are found as such; and a handle of ActivityPub is one, too.
  return cursor.add('EMAIL', start, stop, 0.95) ? stop : at + 1
}

/** Length of a domain up to the last label that can be a top-level one. */
function topLevel(found: string): number {
  let length = found.length
  for (;;) {
    const dot = found.lastIndexOf('.', length - 1)
    if (dot === -1) return 0
    const label = found.slice(dot + 1, length)
    if (label.startsWith('xn--') || (label.length > 1 && !/[\d]/.test(label) && !label.endsWith('-'))) return length
    length = dot
  }
}

function isLocal(c: number): boolean {
  return c < 128 ? isAlnum(c) || LOCAL[c] === 1 : isAlnum(c)
}

function quoted(text: string, at: number, least: number): number {
  for (let i = at - 2; i >= least; i--) {
    const c = text.charCodeAt(i)
    if (c === 34 && text.charCodeAt(i - 1) !== 92) return i
    if (c === 10) break
  }
  return at
}
