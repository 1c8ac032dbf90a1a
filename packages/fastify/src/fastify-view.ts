import type { Principal } from '@sallyport/core'
import type { HostView, KeptHeaders } from '@sallyport/core/doors'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Fastify keeps response headers in its reply until it writes them, and parses a body after the first hooks. */
export class FastifyView implements HostView, KeptHeaders {
  readonly kind = 'fastify'
  readonly seen: FastifyRequest
  readonly #reply: FastifyReply
  #read: Uint8Array | undefined
  #replaced: { readonly value: unknown } | undefined

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.seen = request
    this.#reply = reply
  }

  get body(): unknown {
    return this.seen.body
  }

  /** The bytes of a body that a gate has read before Fastify could. */
  get bodyRead(): Uint8Array | undefined {
    return this.#read
  }

  keepBody(bytes: Uint8Array): void {
    this.#read = bytes
  }

  replaceBody(value: unknown): void {
    this.#replaced = { value }
    this.showBody()
  }

  /** Handlers see the replaced body, also when Fastify has parsed the one that came after it was replaced. */
  showBody(): void {
    if (this.#replaced) this.seen.body = this.#replaced.value
  }

  showPrincipal(principal: Principal): void {
    this.seen.principal = principal
  }

  get headers(): KeptHeaders {
    return this
  }

  /** Whoever has taken the reply away from Fastify writes Node's headers, and these are never sent. */
  get(name: string): string | number | readonly string[] | undefined {
    return this.#reply.sent ? undefined : this.#reply.getHeader(name)
  }

  set(name: string, value: string | readonly string[]): void {
    // Fastify adds to `Set-Cookie` where we replace.
    this.#reply.removeHeader(name).header(name, value)
  }

  append(name: string, value: string): void {
    const present = [this.#reply.getHeader(name) ?? []].flat().map(String)
    this.#reply.removeHeader(name).header(name, [...present, value])
    // That took Node's away as well, which gets the value from whoever calls this.
    if (present.length > 0) this.#reply.raw.setHeader(name, present)
  }

  remove(name: string): void {
    this.#reply.removeHeader(name)
  }
}
