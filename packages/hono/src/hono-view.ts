import type { IncomingMessage } from 'node:http'
import type { Principal } from '@sallyport/core'
import { EXCHANGE, type HostView, type KeptHeaders, type NodeExchange } from '@sallyport/core/doors'
import type { Context } from 'hono'
import { parsedBody, replaceParsed } from './parsed-body.ts'
import { patchJson } from './patch-json.ts'

/** Hono keeps response headers in its context until there is a response, and caches the body that was read. */
export class HonoView implements HostView, KeptHeaders {
  readonly kind = 'hono'
  readonly seen: Context
  readonly #incoming: IncomingMessage
  readonly #given = new Map<string, readonly string[]>()

  constructor(c: Context, incoming: IncomingMessage) {
    this.seen = c
    this.#incoming = incoming
  }

  /** Lets the app find the exchange, and the exchange what the app is about to serialise. */
  attach(exchange: NodeExchange): void {
    const c = this.seen as Context & { [EXCHANGE]?: NodeExchange }
    c[EXCHANGE] = exchange
    patchJson(c, (body) => exchange.transformBody(body))
    if (exchange.principal) this.showPrincipal(exchange.principal)
  }

  /** A promise of it, as Hono keeps it. */
  get body(): unknown {
    return parsedBody(this.seen)
  }

  /** Where @hono/node-server looks for a body before it reads one. */
  keepBody(bytes: Uint8Array): void {
    Object.assign(this.#incoming, { rawBody: Buffer.from(bytes) })
  }

  replaceBody(value: unknown): void {
    replaceParsed(this.seen, value)
  }

  forgetHeader(name: string): void {
    this.seen.req.raw.headers.delete(name)
  }

  showPrincipal(principal: Principal): void {
    this.seen.set('principal', principal)
  }

  get headers(): KeptHeaders {
    return this
  }

  get(name: string): string | readonly string[] | undefined {
    return this.#given.get(name.toLowerCase())
  }

  set(name: string, value: string | readonly string[]): void {
    const values = [value].flat()
    this.#given.set(name.toLowerCase(), values)
    this.seen.header(name, values[0])
    for (const more of values.slice(1)) this.seen.header(name, more, { append: true })
  }

  append(name: string, value: string): void {
    this.#given.set(name.toLowerCase(), [...(this.#given.get(name.toLowerCase()) ?? []), value])
    this.seen.header(name, value, { append: true })
  }

  remove(name: string): void {
    this.#given.delete(name.toLowerCase())
    this.seen.header(name)
  }

  /** Puts the gates' headers on a response that a handler has made without Hono's help; it would stand in their place. */
  complete(): void {
    const { headers } = this.seen.res
    if (headers.has('x-hono-already-sent')) return
    for (const [name, values] of this.#given) {
      const present = name === 'set-cookie' ? headers.getSetCookie() : undefined
      if (present) {
        for (const value of values) if (!present.includes(value)) this.seen.header(name, value, { append: true })
      } else if (!headers.has(name)) {
        this.seen.header(name, values.join(', '))
      }
    }
    this.#given.clear()
  }
}
