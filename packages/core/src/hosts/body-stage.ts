import { builtin } from '../builtins.ts'
import type { BodyHook, BodyPlan, Exchange } from '../exchange.ts'

/** What a call of `write` or `end` was given. */
export interface Piece {
  readonly bytes: Uint8Array | undefined
  readonly callback: ((error?: Error | null) => void) | undefined
}

/** `write(chunk, encoding, callback)` in all its forms. */
export function pieceOf(args: readonly unknown[]): Piece {
  const [chunk, second, third] = args
  const callback = [chunk, second, third].find((one) => typeof one === 'function') as Piece['callback']
  if (typeof chunk === 'string') {
    return { bytes: Buffer.from(chunk, typeof second === 'string' ? (second as BufferEncoding) : 'utf8'), callback }
  }
  return { bytes: chunk !== null && typeof chunk === 'object' ? (chunk as Uint8Array) : undefined, callback }
}

/** Status and headers of a response that has not left: Node's, or what a door has in its place. */
export interface ResponseHead {
  statusCode: number
  hasHeader(name: string): boolean
  getHeader(name: string): unknown
  setHeader(name: string, value: string | number): unknown
  removeHeader(name: string): unknown
}

/** Headers that hold of the bytes that the app meant to send. */
const OF_THE_BYTES = [
  'content-length',
  'etag',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
]

/** The body of one response on its way out, once somebody wants to change it. */
export class BodyStage {
  readonly #exchange: Exchange
  readonly #res: ResponseHead
  readonly #hooks: readonly BodyHook[]
  #plans: readonly BodyPlan[] | undefined

  constructor(exchange: Exchange, res: ResponseHead, hooks: readonly BodyHook[]) {
    this.#exchange = exchange
    this.#res = res
    this.#hooks = hooks
  }

  get wanted(): boolean {
    return this.#hooks.length > 0
  }

  /** Whether bytes change. Asks the hooks before the first byte; from then on lengths and validators of the app hold no more. */
  begin(whole: boolean): boolean {
    if (this.#plans === undefined) {
      this.#plans = this.#hooks.flatMap((hook) => hook(this.#exchange, this.#res.statusCode) ?? [])
      if (this.#filters && !whole) {
        for (const name of OF_THE_BYTES) this.#res.removeHeader(name)
      }
    }
    return this.#filters
  }

  get #filters(): boolean {
    return this.#plans?.some(({ filter }) => filter !== undefined) === true
  }

  write(bytes: Uint8Array): Uint8Array {
    let out = bytes
    for (const { filter } of this.#plans!) if (filter !== undefined && out.byteLength > 0) out = filter.write(out)
    return out
  }

  /** The last bytes, with what the filters held back. */
  end(bytes: Uint8Array | undefined): Uint8Array {
    let out = bytes ?? new Uint8Array()
    for (const { filter } of this.#plans!) {
      if (filter === undefined) continue
      const first = out.byteLength > 0 ? filter.write(out) : out
      const last = filter.end()
      out = last.byteLength === 0 ? first : Buffer.concat([first, last])
    }
    return out
  }

  /**
   * Settles the headers of a body that is known as a whole: its length and validator are those of what is sent, and a client that has it
   * is told so (RFC 9110, section 13.1.2). Says whether the body is sent.
   */
  settle(given: Uint8Array | undefined, sent: Uint8Array): boolean {
    const res = this.#res
    const head = this.#exchange.method === 'HEAD'
    if (this.#filters) {
      const had = res.hasHeader('etag')
      for (const name of OF_THE_BYTES) res.removeHeader(name)
      // Of a HEAD without its body nobody can tell what the redacted one would be.
      if (given !== undefined) {
        if (had) res.setHeader('etag', etagOf(sent))
        if (res.statusCode !== 204 && res.statusCode !== 304) res.setHeader('content-length', sent.byteLength)
      }
    }
    const wanted = this.#plans!.find(({ ifNoneMatch }) => ifNoneMatch !== undefined)?.ifNoneMatch
    const etag = res.getHeader('etag')
    if (
      wanted !== undefined &&
      typeof etag === 'string' &&
      res.statusCode === 200 &&
      (head || this.#exchange.method === 'GET')
    ) {
      if (!hasTag(wanted, etag)) return true
      res.statusCode = 304
      for (const name of ['content-length', 'content-type', 'transfer-encoding', 'content-encoding'])
        res.removeHeader(name)
      return false
    }
    return true
  }
}

function etagOf(body: Uint8Array): string {
  return `W/"${builtin.crypto().createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
}

/** Weak comparison (RFC 9110, section 8.8.3.2). */
function hasTag(list: string, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '')
  return list.trim() === '*' || list.split(',').some((tag) => bare(tag) === bare(etag))
}
