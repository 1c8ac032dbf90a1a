import type { BodyFilter } from '@sallyport/core'
import { StringDecoder } from 'node:string_decoder'
import { piiError } from '../errors.ts'
import type { Redactor } from '../redactor.ts'
import type { Counts } from '../report.ts'
import type { RedactingStream } from '../stream/text-stream.ts'
import { codecs } from './codecs.ts'
import { redactForm } from './form.ts'

interface BodyKind {
  readonly type: string
  readonly encoding: string
  /** Most bytes of a body that is held as a whole. */
  readonly limit: number
  readonly counts: Counts
  readonly done: () => void
}

const none = new Uint8Array()

/** The bytes of an answer: text in UTF-8, as it comes; compressed ones as a whole. */
export class BytesFilter implements BodyFilter {
  readonly #redactor: Redactor
  readonly #kind: BodyKind
  readonly #held: Uint8Array[] | undefined
  readonly #charset: 'latin1' | 'utf8'
  readonly #decoder: StringDecoder
  #engine: RedactingStream | undefined
  #size = 0

  constructor(redactor: Redactor, kind: BodyKind) {
    this.#redactor = redactor
    this.#kind = kind
    const { type, encoding } = kind
    this.#held = encoding !== 'identity' || type.startsWith('application/x-www-form') ? [] : undefined
    this.#charset = /charset="?(?:iso-8859-1|latin1|us-ascii|windows-1252)/.test(type) ? 'latin1' : 'utf8'
    this.#decoder = new StringDecoder(this.#charset)
  }

  write(bytes: Uint8Array): Uint8Array {
    if (this.#held === undefined) return this.#encode(this.#open(bytes).write(this.#decoder.write(Buffer.from(bytes))))
    this.#size += bytes.byteLength
    if (this.#size > this.#kind.limit) throw piiError('ERR_PII_ENCODING')
    this.#held.push(Buffer.from(bytes))
    return none
  }

  end(): Uint8Array {
    const { encoding, done } = this.#kind
    let out: Uint8Array
    if (this.#held !== undefined) {
      out = this.#whole(Buffer.concat(this.#held), encoding)
    } else {
      const engine = this.#open(none)
      out = this.#encode(engine.write(this.#decoder.end()) + engine.end())
    }
    done()
    return out
  }

  #whole(bytes: Buffer, encoding: string): Uint8Array {
    if (bytes.byteLength === 0) return bytes
    const codec = codecs[encoding]
    if (codec === undefined) throw piiError('ERR_PII_ENCODING')
    const text = codec.decode(bytes, this.#kind.limit * 16).toString('utf8')
    const { type, counts } = this.#kind
    if (type.startsWith('application/x-www-form'))
      return codec.encode(Buffer.from(redactForm(this.#redactor, text, counts)))
    const engine = this.#open(Buffer.from(text.slice(0, 16)))
    return codec.encode(Buffer.from(engine.write(text) + engine.end()))
  }

  /** Chosen by the media type, or, where there is none, by the first byte. */
  #open(first: Uint8Array): RedactingStream {
    if (this.#engine !== undefined) return this.#engine
    const { type, counts } = this.#kind
    const json = type === '' ? first[0] === 123 || first[0] === 91 : /json/.test(type)
    const kind = json ? 'json' : type.startsWith('text/event-stream') ? 'sse' : 'text'
    return (this.#engine = this.#redactor.stream(kind, 'responses', counts))
  }

  #encode(text: string): Uint8Array {
    return text === '' ? none : Buffer.from(text, this.#charset)
  }
}

/** Looks, and lets everything pass. */
export class PassingFilter implements BodyFilter {
  readonly #inner: BodyFilter

  constructor(inner: BodyFilter) {
    this.#inner = inner
  }

  write(bytes: Uint8Array): Uint8Array {
    this.#try(() => this.#inner.write(bytes))
    return bytes
  }

  end(): Uint8Array {
    this.#try(() => this.#inner.end())
    return none
  }

  /** What cannot be looked at passes all the same: this only reports. */
  #try(look: () => unknown): void {
    try {
      look()
    } catch {
      // Said by the absence of a report.
    }
  }
}
