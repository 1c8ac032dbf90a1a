import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { normaliseAddress } from '../address.ts'
import { parseCookies } from '../cookies.ts'
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
import { sameAccount, type Principal } from '../principal.ts'
import { hopsOfForwarded, hopsOfXForwardedFor, type Hop } from '../proxies.ts'
import { demandSameOrigin } from '../same-origin.ts'
import { bodyOf } from './body.ts'
import { lastOf, originForm, sameName } from './header-text.ts'
import type { KoaContext } from './koa-context.ts'
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

/** The exchange of every host that has Node's request and response: Express, Connect, node:http, Koa. */
export class NodeExchange implements Exchange {
  readonly environment: Environment
  readonly upgrade: boolean
  readonly #req: NodeRequest
  readonly #res: ServerResponse
  #ctx: KoaContext | undefined
  #principal: Principal | undefined
  #rejected: Error | undefined
  #challenges: string[] | undefined
  #cookies: ReadonlyMap<string, readonly string[]> | undefined
  #client: { readonly address: string; readonly hop: Hop | undefined } | undefined
  #hooks: ResponseHooks | undefined
  #body: Promise<RequestBody> | undefined
  /** Set while a gate only reports: what it finds wrong must not count against the request. */
  trial = false

  constructor(environment: Environment, req: IncomingMessage, res: ServerResponse, ctx?: KoaContext, upgrade = false) {
    this.environment = environment
    this.upgrade = upgrade
    this.#req = req
    this.#res = res
    this.#ctx = ctx
    this.#req[EXCHANGE] = this
  }

  /** Lets a framework that took over the request later see the principal. */
  adopt(ctx: KoaContext): void {
    if (this.#ctx === ctx) return
    this.#ctx = ctx
    if (this.#principal) ctx.state.principal = this.#principal
  }

  get host(): Host {
    return this.#ctx ? { kind: 'koa', seen: this.#ctx } : { kind: 'node', seen: this.#req }
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
    const target = this.#ctx?.originalUrl ?? this.#req.originalUrl ?? this.#req.url ?? '/'
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

  get cookies(): ReadonlyMap<string, readonly string[]> {
    return (this.#cookies ??= parseCookies(this.header('cookie')))
  }

  get peerAddress(): string {
    return normaliseAddress(this.#req.socket.remoteAddress ?? '')
  }

  get peerTrusted(): boolean {
    return this.environment.proxies.trusts(this.peerAddress)
  }

  get peerCertificate(): Uint8Array | undefined {
    const socket = this.#req.socket as Partial<TLSSocket>
    // Nothing of a plain socket, an empty object where no certificate was shown, null when the connection is gone.
    return (socket.getPeerCertificate?.() as PeerCertificate | null | undefined)?.raw
  }

  get clientAddress(): string {
    return this.#forwarded().address
  }

  get origin(): string {
    const { hop } = this.#forwarded()
    const tls = (this.#req.socket as { encrypted?: boolean }).encrypted === true
    let scheme = hop?.scheme
    let authority = hop?.authority
    if (this.peerTrusted && this.environment.proxies.header === 'x-forwarded-for') {
      scheme = lastOf(this.header('x-forwarded-proto'))
      authority = lastOf(this.header('x-forwarded-host'))
    }
    const secure = scheme === undefined ? tls : scheme.toLowerCase() === 'https'
    const host = authority ?? this.header(':authority') ?? this.header('host') ?? ''
    const url = `${secure ? 'https' : 'http'}://${host}`
    return URL.canParse(url) ? new URL(url).origin : 'null'
  }

  #forwarded(): { readonly address: string; readonly hop: Hop | undefined } {
    if (this.#client) return this.#client
    const { proxies } = this.environment
    const peer = this.peerAddress
    if (!proxies.trusts(peer)) return (this.#client = { address: peer, hop: undefined })
    const lines = this.headerLines(proxies.header)
    return (this.#client = proxies.client(
      peer,
      proxies.header === 'forwarded' ? hopsOfForwarded(lines) : hopsOfXForwardedFor(lines),
    ))
  }

  readBody(limit: number): Promise<RequestBody> {
    const parsed = this.#ctx ? this.#ctx.request?.body : this.#req.body
    return (this.#body ??= bodyOf(this.#req, parsed, limit).catch((thrown: unknown) => {
      // What is left of the body is not waited for.
      this.#res.shouldKeepAlive = false
      throw thrown
    }))
  }

  replaceBody(value: unknown): void {
    Object.assign(this.#ctx?.request ?? this.#req, { body: value })
    this.#body = this.#body?.then(({ type }) => ({ type, value }))
  }

  takeHeader(name: string): string | undefined {
    const value = this.header(name)
    delete this.#req.headers[name.toLowerCase()]
    return value
  }

  get principal(): Principal | undefined {
    return this.#principal
  }

  authenticate(principal: Principal): void {
    if (this.#rejected) throw this.#rejected
    const present = this.#principal
    if (present === principal) return
    if (present && !sameAccount(present, principal)) throw this.#conflict()
    if (principal.credential.ambient) demandSameOrigin(this, this.environment.allowedOrigins)
    // What was sent on purpose speaks for the caller; what the browser adds by itself does not widen it.
    if (present && !(present.credential.ambient && !principal.credential.ambient)) return
    this.#become(principal)
  }

  elevate(principal: Principal): void {
    if (!this.#principal || !sameAccount(this.#principal, principal)) throw this.#conflict()
    this.#become(principal)
  }

  #become(principal: Principal): void {
    this.#principal = principal
    if (this.#ctx) this.#ctx.state.principal = principal
    else this.#req.principal = principal
  }

  #conflict(): Error {
    const error = coreError('ERR_CREDENTIAL_CONFLICT')
    this.rejectCredential(error)
    return error
  }

  rejectCredential(error: Error): void {
    if (!this.trial) this.#rejected ??= error
  }

  offerChallenge(challenge: string): void {
    if (!this.#challenges?.includes(challenge)) (this.#challenges ??= []).push(challenge)
  }

  get challenges(): readonly string[] {
    return this.#challenges ?? []
  }

  get headersSent(): boolean {
    return this.#res.headersSent
  }

  /** Whether the whole response was handed over already, so that nothing can be added or taken back. */
  get responseEnded(): boolean {
    return this.#res.writableEnded
  }

  responseHeader(name: string): string | undefined {
    return this.#res.getHeader(name)?.toString()
  }

  removeHeader(name: string): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    this.#res.removeHeader(name)
  }

  setHeader(name: string, value: string | readonly string[]): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    this.#res.setHeader(name, value as string | string[])
  }

  appendHeader(name: string, value: string): void {
    if (this.#res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
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

  abort(): void {
    this.#res.destroy()
  }

  /** The object stage where the framework serialises after all middlewares: Koa. */
  transformBody(body: unknown): unknown {
    return this.#hooks ? this.#hooks.transform(body) : body
  }

  get transformsBody(): boolean {
    return this.#hooks?.transforms === true
  }
}

/** The exchange of a request, from what the app's handlers see: Express's `req`, Koa's `ctx`. */
export function exchangeOf(seen: object): Exchange | undefined {
  const { req } = seen as { req?: unknown }
  // Express gives every request a `res`, Koa's context a `req`.
  const request = typeof req === 'object' && req !== null && !(EXCHANGE in seen) ? req : seen
  return (request as { [EXCHANGE]?: Exchange })[EXCHANGE]
}
