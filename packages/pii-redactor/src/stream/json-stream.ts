import type { TextRedactor } from '../act/text-redactor.ts'
import type { Counts } from '../report.ts'
import type { Fields } from '../value/fields.ts'
import { Walk } from '../value/walk.ts'
import type { RedactingStream } from './text-stream.ts'

/** A longer string or number is taken out whole. */
const LONGEST = 1_048_576
/** Deeper values are taken out whole. */
const DEEPEST = 1000

interface Frame {
  readonly list: boolean
  readonly entity: string | undefined
  key: string
  index: number
}

/**
 * JSON that comes in pieces, one value or many (NDJSON): strings are decoded, redacted by the names of their fields and by what is in
 * them, and encoded anew where something was found; all else passes as it was written.
 */
export class JsonStream implements RedactingStream {
  readonly #text: TextRedactor
  readonly #fields: Fields
  readonly #counts: Counts
  readonly #frames: Frame[] = []
  #walk: Walk
  #inString = false
  #escaped = false
  #expectsKey = false
  #token = ''
  #tooLong = false

  constructor(text: TextRedactor, fields: Fields, counts: Counts) {
    this.#text = text
    this.#fields = fields
    this.#counts = counts
    this.#walk = new Walk(text, fields, counts)
  }

  write(piece: string): string {
    this.#walk = new Walk(this.#text, this.#fields, this.#counts)
    let out = ''
    let from = 0
    for (let i = 0; i < piece.length; i++) {
      const c = piece.charCodeAt(i)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (c === 92) this.#escaped = true
        else if (c === 34) {
          this.#take(piece, from, i)
          out += this.#string()
          from = i + 1
        }
      } else if (c === 34) {
        out += this.#between(piece, from, i)
        this.#inString = true
        from = i + 1
      } else if (c === 123 || c === 91 || c === 125 || c === 93 || c === 44 || c === 58 || c <= 32) {
        out += this.#between(piece, from, i) + piece[i]!
        this.#structure(c)
        from = i + 1
      }
    }
    this.#take(piece, from, piece.length)
    return out
  }

  end(): string {
    // A string that never ended is none; what is in it is found all the same.
    return this.#inString ? `"${this.#text.redact(this.#whole(), this.#counts)}` : this.#literal()
  }

  #take(piece: string, from: number, to: number): void {
    if (this.#tooLong || from >= to) return
    if (this.#token.length + to - from > LONGEST) {
      this.#tooLong = true
      this.#token = ''
    } else this.#token += piece.slice(from, to)
  }

  #between(piece: string, from: number, to: number): string {
    this.#take(piece, from, to)
    return this.#literal()
  }

  #whole(): string {
    const token = this.#tooLong ? '[REDACTED]' : this.#token
    this.#token = ''
    this.#tooLong = false
    return token
  }

  #structure(c: number): void {
    const frame = this.#frames.at(-1)
    if (c === 123 || c === 91) {
      this.#frames.push({ list: c === 91, entity: this.#place().entity, key: '', index: 0 })
      this.#expectsKey = c === 123
    } else if (c === 125 || c === 93) {
      this.#frames.pop()
      this.#expectsKey = false
    } else if (c === 44 && frame !== undefined) {
      if (frame.list) frame.index++
      else this.#expectsKey = true
    } else if (c === 58) this.#expectsKey = false
  }

  /** What is known of the place where a value stands. */
  #place(): { readonly key: string; readonly entity: string | undefined; readonly flags: number } {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return { key: '', entity: undefined, flags: 0 }
    if (this.#frames.length > DEEPEST) return { key: '', entity: 'REDACTED', flags: 0 }
    const holder = frame.list ? this.#frames.findLast((one) => !one.list) : frame
    const facts = this.#fields.facts(holder?.key ?? '')
    const own = frame.list ? frame.entity : (facts.entity ?? frame.entity)
    const path =
      this.#fields.paths.length === 0 ? undefined : this.#frames.map((one) => (one.list ? String(one.index) : one.key))
    return { key: frame.key, entity: (path && this.#fields.atPath(path)) ?? own, flags: facts.flags }
  }

  #string(): string {
    this.#inString = false
    const raw = this.#whole()
    let value: string
    try {
      value = JSON.parse(`"${raw}"`) as string
    } catch {
      // Not JSON; what it is, is looked through as text.
      return `"${this.#text.redact(raw, this.#counts)}"`
    }
    const frame = this.#frames.at(-1)
    if (this.#expectsKey && frame !== undefined) {
      frame.key = value
      const key = this.#walk.key(value)
      return key === value ? `"${raw}"` : JSON.stringify(key)
    }
    const { key, entity, flags } = this.#place()
    const after = this.#walk.value(value, key, entity, flags)
    return after === value ? `"${raw}"` : JSON.stringify(after)
  }

  #literal(): string {
    const token = this.#whole()
    if (token === '') return ''
    if (!/^-?\d[\d.eE+-]*$/.test(token)) {
      return /^(?:true|false|null)$/.test(token) ? token : this.#text.redact(token, this.#counts)
    }
    const { key, entity, flags } = this.#place()
    // As it is written: a number of twenty digits would lose its last ones.
    const number = /^\d{7,15}$/.test(token) ? Number(token) : token
    const after =
      entity === undefined && typeof number === 'string'
        ? this.#text.redact(token, this.#counts, flags)
        : this.#walk.value(number, key, entity, flags)
    return after === number || after === token ? token : JSON.stringify(after)
  }
}
