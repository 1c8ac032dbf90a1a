/** What goes to Redis: text as UTF-8, or bytes as they are. */
export type Argument = string | Buffer

/** The part of a name that stands in the braces: a hash tag, by which Redis Cluster keeps the keys of one name on one node. */
function tagOf(name: string): string {
  // Braces inside would end the tag early; an empty tag is none.
  if (name === '') return '%'
  return /[%{}]/.test(name) ? name.replaceAll(/[%{}]/g, asHex) : name
}

function asHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`
}

/** The keys of one store. No two names share one, and what is in the braces is never more than the name. */
export class Names {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  get generation(): string {
    return `${this.#prefix}:g`
  }

  /** With what the keys of a partition's entries begin; an entry's id follows. */
  entries(partition: string): string {
    return `${this.#prefix}:{${tagOf(partition)}}:e:`
  }

  /** With what the keys of a partition's owners begin; an owner's name follows. */
  owners(partition: string): string {
    return `${this.#prefix}:{${tagOf(partition)}}:o:`
  }

  counter(partition: string, id: string): Argument {
    return join(`${this.#prefix}:{${tagOf(partition)}}:n:`, id)
  }

  /** A log's head, its records, and when those leave. The head's key is also the channel of its hints. */
  log(name: string): readonly [head: string, records: string, leaving: string] {
    const start = `${this.#prefix}:{${tagOf(name)}}:`
    return [`${start}l`, `${start}r`, `${start}x`]
  }

  /** A pattern of `SCAN` for lists of owners and for records of logs; `homeOf` tells which a key is. */
  get pattern(): string {
    return `${this.#prefix.replaceAll(/[\\*?[\]^]/g, '\\$&')}:{*}:[or]*`
  }

  /** What a key that was found by `pattern` belongs to; nothing where it is another one that the pattern fits. */
  homeOf(key: Buffer): Home | undefined {
    const start = Buffer.from(`${this.#prefix}:{`)
    const end = key.indexOf('}:', start.length)
    if (end === -1 || !key.subarray(0, start.length).equals(start)) return undefined
    const kind = key.toString('latin1', end + 2, end + 4)
    const beside = (last: string): Buffer => Buffer.concat([key.subarray(0, end + 2), Buffer.from(last)])
    if (kind === 'o:') return { kind: 'list', keys: [key, beside('e:')] }
    return kind === 'r' ? { kind: 'log', keys: [beside('l'), key, beside('x')] } : undefined
  }
}

/** A list or log, by the keys that tidying it takes. */
export interface Home {
  readonly kind: 'list' | 'log'
  readonly keys: readonly Argument[]
}

/** A key of which the last part is an id. */
export function join(start: string, id: string): Argument {
  return isPlain(id) ? start + id : Buffer.concat([Buffer.from(start), encodeId(id)])
}

/** Whether UTF-8 sorts it as its UTF-16 code units do: no character is beyond U+FFFF. */
function isPlain(id: string): boolean {
  return !/[\ud800-\udfff]/.test(id)
}

/**
 * An id as bytes whose order is that of its UTF-16 code units: CESU-8, which is UTF-8 but for characters beyond U+FFFF, whose
 * surrogates are written one by one. UTF-8 would sort those behind U+E000 to U+FFFF.
 * @see https://www.unicode.org/reports/tr26/
 */
export function encodeId(id: string): Buffer {
  if (isPlain(id)) return Buffer.from(id)
  const bytes: number[] = []
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

/** The id of such bytes. */
export function decodeId(bytes: Buffer): string {
  // The first byte of a surrogate, and of some Korean; without it, it is UTF-8.
  if (!bytes.includes(0xed)) return bytes.toString()
  const units: number[] = []
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++]!
    if (first < 0x80) units.push(first)
    else if (first < 0xe0) units.push(((first & 0x1f) << 6) | (bytes[i++]! & 0x3f))
    else units.push(((first & 0x0f) << 12) | ((bytes[i++]! & 0x3f) << 6) | (bytes[i++]! & 0x3f))
  }
  return String.fromCharCode(...units)
}
