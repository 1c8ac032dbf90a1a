import { AT, COLON, DASH, DIGIT, FOLD, fold, isAlnum, isDigit, isWideLetter, KIND, LETTER, SKIP } from './alphabet.ts'
import type { Cursor } from './cursor.ts'
import { step } from './word-table.ts'
import { alnumToken } from '../detect/alnum-token.ts'
import { email } from '../detect/email.ts'
import { ipv6 } from '../detect/ip.ts'
import { numbers } from '../detect/numbers.ts'
import { pem } from '../detect/pem.ts'
import { url } from '../detect/url.ts'
import { word } from '../detect/word.ts'

/** Longest run without white space that is looked at as a whole. A longer one is no word, number, address or token. */
const LONGEST_TOKEN = 4096

/**
 * One pass over a text. Each character is looked at once to tell what could begin there; only then a detector is asked, which is
 * bounded in how far it looks. So the time is linear in the length of any text.
 * @returns where the next pass goes on: at `limit`, or behind a match that lies across it
 */
export function scan(cursor: Cursor, from: number, limit: number): number {
  const { text, end } = cursor
  // Locals: in this loop a read of another module's variable is much of the work.
  const kinds = KIND
  const folds = FOLD
  let i = from
  while (i < limit) {
    const c = text.charCodeAt(i)
    const kind = c < 128 ? kinds[c]! : isWideLetter(c) ? LETTER : SKIP
    if (kind === SKIP) {
      i++
    } else if (kind === LETTER) {
      const start = i
      let hash = 0
      for (let d = c; ;) {
        if (d < 128) {
          if (kinds[d] !== LETTER) break
          hash = (Math.imul(hash, 31) + folds[d]!) | 0
        } else {
          if (!isWideLetter(d)) break
          hash = step(hash, fold(d))
        }
        if (++i >= end) break
        d = text.charCodeAt(i)
      }
      i = letters(cursor, start, i, hash)
    } else if (kind === DIGIT) {
      i = i > 0 && isAlnum(text.charCodeAt(i - 1)) ? endOfToken(cursor, i) : digits(cursor, i)
    } else {
      i = sign(cursor, kind, i)
    }
  }
  return i
}

function letters(cursor: Cursor, start: number, i: number, hash: number): number {
  const { text, end } = cursor
  if (start > 0 && isAlnum(text.charCodeAt(start - 1))) return endOfToken(cursor, i)
  if (i < end && isDigit(text.charCodeAt(i))) {
    const stop = endOfToken(cursor, i)
    return stop - start > LONGEST_TOKEN ? stop : alnumToken(cursor, start, stop)
  }
  return i - start > LONGEST_TOKEN ? i : word(cursor, start, i, hash)
}

function digits(cursor: Cursor, start: number): number {
  const { text, end } = cursor
  let i = start
  while (i < end && isDigit(text.charCodeAt(i))) i++
  if (i < end && isAlnum(text.charCodeAt(i))) {
    const stop = endOfToken(cursor, i)
    return stop - start > LONGEST_TOKEN ? stop : alnumToken(cursor, start, stop)
  }
  return i - start > LONGEST_TOKEN ? i : numbers(cursor, start, i)
}

function endOfToken({ text, end }: Cursor, from: number): number {
  let i = from
  while (i < end && isAlnum(text.charCodeAt(i))) i++
  return i
}

function sign(cursor: Cursor, kind: number, at: number): number {
  const { text } = cursor
  if (kind === AT) return email(cursor, at)
  if (kind === DASH) return text.charCodeAt(at + 1) === 45 ? pem(cursor, at) : at + 1
  if (kind === COLON) {
    const next = text.charCodeAt(at + 1)
    return next === 47 ? url(cursor, at) : ipv6(cursor, at, next)
  }
  return at + 1
}
