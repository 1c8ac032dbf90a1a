import { vocabulary } from '../vocabulary/vocabulary.ts'
import { REMEMBERED } from '../vocabulary/flags.ts'
import { fold, isAlnum, isBreak, isDigit } from './alphabet.ts'
import type { Span } from './entity.ts'
import { LONGEST_WORD, step } from './word-table.ts'

/** How far before a value a word says something of it, in UTF-16 units. */
const BEFORE = 48
/** How far behind one, on the same line. Part of what the stream holds back. */
const AHEAD = 40

const NEVER = -1_000_000

/** Decides whether what a detector found stands. */
export type Accept = (entity: string, score: number, text: string, start: number, end: number) => boolean

/** Where a scan is in a text: what was found, and which words were passed. */
export class Cursor {
  text = ''
  /** End of what is there; detectors look no further. */
  end = 0
  spans: Span[] = []
  /** Flags and place of the last word. */
  lastFlags = 0
  lastEnd = -1
  readonly #accept: Accept
  #used = false
  /** Ends of the last words with each remembered flag. */
  readonly #passed: Int32Array = new Int32Array(32).fill(NEVER)

  constructor(accept: Accept) {
    this.#accept = accept
  }

  /** Notes a word that was passed. */
  remember(flags: number, end: number): void {
    this.#used = true
    this.lastFlags = flags
    this.lastEnd = end
    let rest = flags & REMEMBERED
    while (rest !== 0) {
      const bit = 31 - Math.clz32(rest)
      this.#passed[bit] = end
      rest ^= 1 << bit
    }
  }

  /** How far before a place the last word with the flag ended; huge where there was none. */
  distance(flag: number, at: number): number {
    return at - this.#passed[31 - Math.clz32(flag)]!
  }

  /** Whether a word with the flag stands shortly before. */
  before(flag: number, at: number, within: number = BEFORE): boolean {
    return this.distance(flag, at) <= within
  }

  /** Flags of the words that follow, on this line. */
  ahead(at: number, within: number = AHEAD): number {
    const { text } = this
    const stop = Math.min(this.end, at + within)
    let found = 0
    let i = at
    while (i < stop) {
      const c = text.charCodeAt(i)
      if (isBreak(c)) break
      if (!isAlnum(c) || isDigit(c)) {
        i++
        continue
      }
      const start = i
      let hash = 0
      while (i < stop && isAlnum(text.charCodeAt(i))) hash = step(hash, fold(text.charCodeAt(i++)))
      if ((i < stop || stop === this.end) && i - start <= LONGEST_WORD) found |= vocabulary.find(text, start, i, hash)
    }
    return found
  }

  /** Adds what was found, unless it may not stand or lies across something found before. Says whether it was taken. */
  add(entity: string, start: number, end: number, score: number): boolean {
    const { spans } = this
    let last = spans.length - 1
    while (last >= 0 && spans[last]!.start >= start) last--
    const before = spans[last]
    if (before !== undefined && before.end > start) return false
    const covered = spans[last + 1]
    if (covered !== undefined && covered.end > end) return false
    if (!this.#accept(entity, score, this.text, start, end)) return false
    spans.length = last + 1
    spans.push({ entity, start, end, score: Math.min(1, score) })
    return true
  }

  /** Adds what was found out of order, unless something stands there. */
  insert(entity: string, start: number, end: number, score: number): void {
    let at = this.spans.length
    while (at > 0 && this.spans[at - 1]!.start >= start) at--
    const before = this.spans[at - 1]
    let covered = at
    while (covered < this.spans.length && this.spans[covered]!.end <= end) covered++
    const next = this.spans[covered]
    if ((before !== undefined && before.end > start) || (next !== undefined && next.start < end)) return
    if (this.#accept(entity, score, this.text, start, end)) {
      this.spans.splice(at, covered - at, { entity, start, end, score })
    }
  }

  /** Begins another text. */
  reset(text: string): void {
    this.text = text
    this.end = text.length
    if (this.#used) this.#passed.fill(NEVER)
    this.#used = false
    this.lastFlags = 0
    this.lastEnd = -1
  }

  /** Hands over what was found. */
  take(): Span[] {
    const { spans } = this
    if (spans.length > 0) this.spans = []
    return spans
  }

  /** Moves all places when text was taken off the front. */
  shift(by: number): void {
    for (let i = 0; i < this.#passed.length; i++) this.#passed[i] = Math.max(this.#passed[i]! - by, NEVER)
    this.lastEnd -= by
    this.spans = this.spans.map((span) => ({ ...span, start: span.start - by, end: span.end - by }))
  }
}
