import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { normaliseAddress } from '../address.ts'
import type { Environment } from '../environment.ts'
import { coreError } from '../errors.ts'
import type {
  BodyHook,
  EndHook,
  Exchange,
  FinishHook,
  HeadersHook,
  Host,
  ObjectHook,
  RequestBody,
} from '../exchange.ts'
import type { Principal } from '../principal.ts'
import { BaseExchange } from './base-exchange.ts'
import { bodyOf, readNode } from './body.ts'
import { originForm, sameName } from './header-text.ts'
import type { HostView } from './host-view.ts'
import { hookResponse, type ResponseHooks } from './response-hooks.ts'

/** Under this key the request carries its exchange, for all copies of this package. */
export const EXCHANGE: unique symbol = Symbol.for('sallyport.exchange') as never

/** A Node request as gates find it: with what frameworks and we put there. */
export type NodeRequest = IncomingMessage & {
  [EXCHANGE]?: NodeExchange
  originalUrl?: string
  principal?: Principal | undefined
  /** What a body parser has made of the body. */
  readonly body?: unknown
}

/** The exchange of every host that has Node's request and response: Express, Connect, node:http, Koa, Fastify. */
export class NodeExchange extends BaseExchange {
  readonly #req: NodeRequest
  readonly #res: ServerResponse
  #view: HostView | undefined
  #hooks: ResponseHooks | undefined
  #body: Promise<RequestBody> | undefined

  constructor(environment: Environment, req: IncomingMessage, res: ServerResponse, view?: HostView, upgrade = false) {
    super(environment, upgrade)
    this.#req = req
    this.#res = res
    this.#view = view
    this.#req[EXCHANGE] = this
  }

  /** Lets a framework that took over the request later see the principal. */
  adopt(view: HostView): void {
    if (this.#view?.seen === view.seen) return
    this.#view = view
    if (this.principal) view.showPrincipal(this.principal)
  }

  get host(): Host {
    return this.#view ?? { kind: 'node', seen: this.#req }
  }

  get method(): string {
    return this.#req.method ?? 'GET'
  }

  get path(): string {
    const target = this.#target()
    const end = target.search(/[?#]/)
    return end === -1 ? target : target.slice(0, end)
  }

  get search(): string {
    const target = this.#target()
    const start = target.indexOf('?')
    return start === -1 ? '' : target.slice(start + 1)
  }

  /** The request target in origin form; frameworks rewrite `url` below a mount and keep what came in `originalUrl`. */
  #target(): string {
    const target = this.#view?.target ?? this.#req.originalUrl ?? this.#req.url ?? '/'
    return originForm(target)
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : value
  }

  headerLines(name: string): readonly string[] {
    const { rawHeaders } = this.#req
    const lines: string[] = []
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (sameName(rawHeaders[i]!, name)) lines.push(rawHeaders[i + 1]!)
    }
    return lines
  }

  get peerAddress(): string {
    return normaliseAddress(this.#req.socket.remoteAddress ?? '')
  }

  get peerCertificate(): Uint8Array | undefined {
    const socket = this.#req.socket as Partial<TLSSocket>
    // Nothing of a plain socket, an empty object where no certificate was shown, null when the connection is gone.
    return (socket.getPeerCertificate?.() as PeerCertificate | null | undefined)?.raw
  }

  protected get peerEncrypted(): boolean {
    return (this.#req.socket as { encrypted?: boolean }).encrypted === true
  }

  readBody(limit: number): Promise<RequestBody> {
    const req = this.#req
    const parsed = this.#view ? this.#view.body : req.body
    const read = async (most: number): Promise<Uint8Array> => {
      const bytes = await readNode(req, most)
      this.#view?.keepBody?.(bytes)
      return bytes
    }
    return (this.#body ??= bodyOf(this, { parsed, consumed: req.readableDidRead, read }, limit).catch(
      (thrown: unknown) => {
        // What is left of the body is not waited for.
        this.#res.shouldKeepAlive = false
        throw thrown
      },
    ))
  }

  replaceBody(value: unknown): void {
    if (this.#view) this.#view.replaceBody(value)
    else Object.assign(this.#req, { body: value })
    this.#body = this.#body?.then(({ type }) => ({ type, value }))
  }

  takeHeader(name: string): string | undefined {
    const value = this.header(name)
    delete this.#req.headers[name.toLowerCase()]
    this.#view?.forgetHeader?.(name)
    return value
  }

  protected showPrincipal(principal: Principal): void {
    if (this.#view) this.#view.showPrincipal(principal)
    else this.#req.principal = principal
  }

  get headersSent(): boolean {
    return this.#res.headersSent
  }

  /** Whether the whole response was handed over already, so that nothing can be added or taken back. */
  get responseEnded(): boolean {
    return this.#res.writableEnded
  }

  responseHeader(name: string): string | undefined {
    return (this.#view?.headers?.get(name) ?? this.#res.getHeader(name))?.toString()
  }

  removeHeader(name: string): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    this.#res.removeHeader(name)
    this.#view?.headers?.remove(name)
  }

  setHeader(name: string, value: string | readonly string[]): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    this.#view?.headers?.set(name, value)
    this.#res.setHeader(name, value as string | string[])
  }

  appendHeader(name: string, value: string): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    this.#view?.headers?.append(name, value)
    this.#res.appendHeader(name, value)
  }

  #hooked(): ResponseHooks {
    return (this.#hooks ??= hookResponse(this, this.#res))
  }

  onObject(hook: ObjectHook): void {
    this.#hooked().onObject(hook)
  }

  onBody(hook: BodyHook): void {
    this.#hooked().onBody(hook)
  }

  beforeHeaders(hook: HeadersHook): void {
    this.#hooked().beforeHeaders(hook)
  }

  beforeEnd(hook: EndHook): void {
    this.#hooked().beforeEnd(hook)
  }

  onFinish(hook: FinishHook): void {
    this.#hooked().onFinish(hook)
  }

  /** For a framework that writes a head and ends it right away: hooks on the end come before the head, as where Node writes it. */
  sendWhole(): void {
    this.#hooks?.sendWhole()
  }

  abort(): void {
    this.#res.destroy()
  }

  /** The object stage where the framework serialises after all middlewares: Koa, Fastify. */
  transformBody(body: unknown): unknown {
    return this.#hooks ? this.#hooks.transform(body) : body
  }

  get transformsBody(): boolean {
    return this.#hooks?.transforms === true
  }
}

/** The exchange of a request, from what the app's handlers see: Express's `req`, Koa's `ctx`, Fastify's `request`, Hono's `c`. */
export function exchangeOf(seen: object): Exchange | undefined {
  const { req, raw } = seen as { req?: unknown; raw?: unknown }
  if (EXCHANGE in seen) return (seen as { [EXCHANGE]?: Exchange })[EXCHANGE]
  // Express gives every request a `res`, Koa's context a `req`, Fastify's request a `raw`.
  const request = [req, raw].find((one) => typeof one === 'object' && one !== null)
  return (request as { [EXCHANGE]?: Exchange } | undefined)?.[EXCHANGE]
}
