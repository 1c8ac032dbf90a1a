import {
  normaliseAddress,
  coreError,
  type BodyHook,
  type EndHook,
  type Environment,
  type Exchange,
  type FinishHook,
  type HeadersHook,
  type Host,
  type ObjectHook,
  type Principal,
  type RequestBody,
} from '@sallyport/core'
import { BaseExchange, bodyOf, EXCHANGE } from '@sallyport/core/doors'
import type { Connection } from './connection.ts'
import { readFetch } from './read.ts'

/** What gates asked to be called for on one response. */
export interface FetchHooks {
  readonly object: ObjectHook[]
  readonly body: BodyHook[]
  readonly headers: HeadersHook[]
  readonly end: EndHook[]
  readonly finish: FinishHook[]
}

/** Who is behind the request and the response. */
export interface FetchHost {
  readonly kind: string
  /** What handlers see; where it is the request itself, it is what has taken its place. */
  readonly seen: object
  /** What a parser has made of the body, or a promise of it. */
  readonly body?: unknown
  replaceBody?(value: unknown): void
  showPrincipal(principal: Principal): void
}

/** The exchange of a host that has only Fetch's request and response. */
export class FetchExchange extends BaseExchange {
  readonly #connection: Connection
  readonly #url: URL
  readonly hooks: FetchHooks = { object: [], body: [], headers: [], end: [], finish: [] }
  readonly #aborted = new AbortController()
  readonly #host: FetchHost
  #request: Request
  #body: Promise<RequestBody> | undefined
  #response: Headers = new Headers()
  #sent = false

  constructor(environment: Environment, request: Request, connection: Connection, host: FetchHost) {
    super(environment)
    this.#request = request
    this.#connection = connection
    this.#url = new URL(request.url)
    this.#host = host
    Object.assign(request, { [EXCHANGE]: this })
    Object.assign(host.seen, { [EXCHANGE]: this })
  }

  /** The request for handlers: without what gates took off, with the body that they read. */
  get request(): Request {
    return this.#request
  }

  get host(): Host {
    const { kind, seen } = this.#host
    return { kind, seen: seen instanceof Request ? this.#request : seen }
  }

  get method(): string {
    return this.#request.method
  }

  get path(): string {
    return this.#url.pathname
  }

  get search(): string {
    return this.#url.search.slice(1)
  }

  header(name: string): string | undefined {
    // What HTTP/2 says beside its headers, Fetch has put into the URL, and throws at the name.
    if (name.startsWith(':')) return name === ':authority' ? this.#url.host : undefined
    return this.#request.headers.get(name) ?? undefined
  }

  /** Fetch has made one line of those that came. */
  headerLines(name: string): readonly string[] {
    const value = this.header(name)
    return value === undefined ? [] : [value]
  }

  get peerAddress(): string {
    return normaliseAddress(this.#connection.address)
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.#connection.certificate
  }

  protected get peerEncrypted(): boolean {
    return this.#url.protocol === 'https:'
  }

  readBody(limit: number): Promise<RequestBody> {
    const request = this.#request
    const read = async (most: number): Promise<Uint8Array> => {
      const bytes = await readFetch(request, most)
      if (bytes.byteLength > 0) this.#renew({ body: Buffer.from(bytes) })
      return bytes
    }
    return (this.#body ??= bodyOf(this, { parsed: this.#host.body, consumed: request.bodyUsed, read }, limit))
  }

  replaceBody(value: unknown): void {
    const headers = new Headers(this.#request.headers)
    headers.delete('content-length')
    headers.set('content-type', 'application/json')
    this.#renew({ body: JSON.stringify(value), headers })
    this.#host.replaceBody?.(value)
    this.#body = this.#body?.then(({ type }) => ({ type, value }))
  }

  takeHeader(name: string): string | undefined {
    const value = this.header(name)
    this.#request.headers.delete(name)
    return value
  }

  #renew(init: RequestInit): void {
    const { url, method, headers, signal } = this.#request
    this.#request = Object.assign(new Request(url, { method, headers, signal, ...init }), { [EXCHANGE]: this })
  }

  protected showPrincipal(principal: Principal): void {
    this.#host.showPrincipal(principal)
  }

  get headersSent(): boolean {
    return this.#sent
  }

  /** The headers that hooks change: the gates' own first, then those of the response that is on its way. */
  get responseHeaders(): Headers {
    return this.#response
  }

  /** Says what is on its way. */
  sending(headers: Headers): void {
    this.#response = headers
  }

  /** Says that it has left. */
  sent(): void {
    this.#sent = true
  }

  /** Aborts when the response is to be cut off. */
  get cutOff(): AbortSignal {
    return this.#aborted.signal
  }

  responseHeader(name: string): string | undefined {
    return this.#response.get(name) ?? undefined
  }

  removeHeader(name: string): void {
    this.#writable().delete(name)
  }

  setHeader(name: string, value: string | readonly string[]): void {
    const headers = this.#writable()
    headers.delete(name)
    for (const one of [value].flat()) headers.append(name, one)
  }

  appendHeader(name: string, value: string): void {
    this.#writable().append(name, value)
  }

  #writable(): Headers {
    if (this.#sent) throw coreError('ERR_RESPONSE_STARTED')
    return this.#response
  }

  onObject(hook: ObjectHook): void {
    this.hooks.object.push(hook)
  }

  onBody(hook: BodyHook): void {
    this.#add(this.hooks.body, hook)
  }

  beforeHeaders(hook: HeadersHook): void {
    this.#add(this.hooks.headers, hook)
  }

  beforeEnd(hook: EndHook): void {
    this.#add(this.hooks.end, hook)
  }

  onFinish(hook: FinishHook): void {
    this.hooks.finish.push(hook)
  }

  #add<Hook>(hooks: Hook[], hook: Hook): void {
    if (this.#sent) throw coreError('ERR_RESPONSE_STARTED')
    hooks.push(hook)
  }

  abort(): void {
    this.#aborted.abort()
  }

  /** The object stage, where whoever serialises asks for it. */
  transformBody(body: unknown): unknown {
    return this.hooks.object.reduce((value, hook) => hook(value, this as Exchange), body)
  }
}
