import type { RedactingStream } from './text-stream.ts'

/** A longer line is not read to its end. */
const LONGEST = 1_048_576

/**
 * Events as servers send them (text/event-stream), line by line: JSON in `data` as JSON, other lines as text. An event leaves as soon as
 * its line has come.
 */
export class SseStream implements RedactingStream {
  readonly #json: () => RedactingStream
  readonly #text: () => RedactingStream
  #line = ''

  constructor(json: () => RedactingStream, text: () => RedactingStream) {
    this.#json = json
    this.#text = text
  }

  write(piece: string): string {
    let out = ''
    let from = 0
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', from)) {
      out += this.#redact(this.#line + piece.slice(from, end + 1))
      this.#line = ''
      from = end + 1
    }
    this.#line += piece.slice(from)
    // What is longer than any event passes as nothing.
    if (this.#line.length > LONGEST) this.#line = 'data: [REDACTED]'
    return out
  }

  end(): string {
    return this.#redact(this.#line)
  }

  #redact(line: string): string {
    const [lead = ''] = /^data: ?(?=[[{])/.exec(line) ?? []
    const stream = lead === '' ? this.#text() : this.#json()
    return lead + stream.write(line.slice(lead.length)) + stream.end()
  }
}
