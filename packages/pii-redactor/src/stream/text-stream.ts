import type { TextRedactor } from '../act/text-redactor.ts'
import { isBreak } from '../engine/alphabet.ts'
import type { Cursor } from '../engine/cursor.ts'
import { scan } from '../engine/scanner.ts'
import type { Counts } from '../report.ts'
import { openKey } from './open-key.ts'

/** Longest match with white space in it, its label and the words behind it; such matches are on one line. */
const SPACED = 512
/** Longest match without white space. */
const RUN = 8192
/** How far before a sign such as `@` a match may begin. */
const BACK = 160
/** Text that was emitted and is kept, for what matches say of what stood before them. */
const HISTORY = 256

/** A text that comes in pieces. What comes out is the same as for the whole text, wherever it was split. */
export interface RedactingStream {
  /** Takes a piece; gives what can be said for sure. */
  write(piece: string): string
  /** Gives the rest. */
  end(): string
}

/**
 * Holds back what could still become a match, or part of one: on an unfinished line about 500 characters and the word before; nothing
 * once the line has ended, but for a private key in its armour.
 */
export class TextStream implements RedactingStream {
  readonly #text: TextRedactor
  readonly #counts: Counts
  readonly #cursor: Cursor
  readonly #positions: number[]
  #scanned = 0
  #emitted = 0

  constructor(text: TextRedactor, counts: Counts) {
    this.#text = text
    this.#counts = counts
    this.#cursor = text.finder.cursor()
    this.#positions = text.finder.own.begin()
  }

  write(piece: string): string {
    if (piece === '') return ''
    const cursor = this.#cursor
    cursor.text += piece
    cursor.end = cursor.text.length
    const { limit, clean } = this.#limit()
    if (limit <= this.#scanned) return ''
    this.#scan(limit)
    const own = this.#text.finder.own.any
    const to = clean && !own ? limit : limit - BACK
    if (own) this.#text.finder.own.find(cursor, this.#positions, Math.max(0, to))
    return this.#emit(to)
  }

  end(): string {
    const cursor = this.#cursor
    this.#scan(cursor.end)
    if (this.#text.finder.own.any) this.#text.finder.own.find(cursor, this.#positions, cursor.end)
    return this.#emit(cursor.end)
  }

  #scan(limit: number): void {
    this.#scanned = Math.max(this.#scanned, scan(this.#cursor, this.#scanned, limit))
  }

  /** Up to where nothing that comes can change anything, and whether no match lies across that place. */
  #limit(): { readonly limit: number; readonly clean: boolean } {
    const { text, end } = this.#cursor
    const line = text.lastIndexOf('\n') + 1
    const last = runStart(text, end, end - RUN)
    const before = Math.min(end - SPACED, last - BACK)
    let limit = runStart(text, before, before - RUN)
    let clean = limit > before - RUN
    if (line >= limit) {
      limit = line
      clean = true
    }
    const key = openKey(text, this.#scanned, limit)
    return key < limit ? { limit: key, clean: true } : { limit, clean }
  }

  #emit(to: number): string {
    const cursor = this.#cursor
    let stop = to
    let count = 0
    for (const span of cursor.spans) {
      if (span.start >= stop) break
      stop = Math.max(stop, span.end)
      count++
    }
    // Not between the halves of a character beyond the first plane.
    if (stop < cursor.end && (cursor.text.charCodeAt(stop) & 0xfc00) === 0xdc00) stop--
    if (stop <= this.#emitted) return ''
    const spans = cursor.spans.splice(0, count)
    const out = this.#text.replace(cursor.text, this.#emitted, stop, spans, this.#counts)
    this.#emitted = stop
    this.#trim()
    return out
  }

  #trim(): void {
    const by = this.#emitted - HISTORY
    if (by < HISTORY) return
    const cursor = this.#cursor
    cursor.text = cursor.text.slice(by)
    cursor.end = cursor.text.length
    cursor.shift(by)
    this.#scanned -= by
    this.#emitted -= by
    for (let i = 0; i < this.#positions.length; i++) this.#positions[i]! -= by
  }
}

function runStart(text: string, from: number, least: number): number {
  let at = Math.max(0, from)
  while (at > 0 && at > least && !isSpace(text.charCodeAt(at - 1))) at--
  return at
}

function isSpace(c: number): boolean {
  return c === 32 || c === 9 || isBreak(c)
}
