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
import { lastOf } from './header-text.ts'

/**
 * What an exchange is on every host: who is calling, and from where. A host adds how its request is read and its response written, and
 * decides nothing.
 */
export abstract class BaseExchange implements Exchange {
  readonly environment: Environment
  readonly upgrade: boolean
  #principal: Principal | undefined
  #rejected: Error | undefined
  #challenges: string[] | undefined
  #cookies: ReadonlyMap<string, readonly string[]> | undefined
  #client: { readonly address: string; readonly hop: Hop | undefined } | undefined
  /** Set while a gate only reports: what it finds wrong must not count against the request. */
  trial = false

  constructor(environment: Environment, upgrade = false) {
    this.environment = environment
    this.upgrade = upgrade
  }

  abstract readonly host: Host
  abstract readonly method: string
  abstract readonly path: string
  abstract readonly search: string
  abstract header(name: string): string | undefined
  abstract headerLines(name: string): readonly string[]
  abstract readonly peerAddress: string
  abstract readonly peerCertificate: Uint8Array | undefined
  /** Whether the connection's other end speaks TLS with this process. */
  protected abstract readonly peerEncrypted: boolean
  abstract readBody(limit: number): Promise<RequestBody>
  abstract replaceBody(value: unknown): void
  abstract takeHeader(name: string): string | undefined
  /** Shows handlers who is calling, where they look for it. */
  protected abstract showPrincipal(principal: Principal): void
  abstract readonly headersSent: boolean
  abstract responseHeader(name: string): string | undefined
  abstract removeHeader(name: string): void
  abstract setHeader(name: string, value: string | readonly string[]): void
  abstract appendHeader(name: string, value: string): void
  abstract onObject(hook: ObjectHook): void
  abstract onBody(hook: BodyHook): void
  abstract beforeHeaders(hook: HeadersHook): void
  abstract beforeEnd(hook: EndHook): void
  abstract onFinish(hook: FinishHook): void
  abstract abort(): void

  get cookies(): ReadonlyMap<string, readonly string[]> {
    return (this.#cookies ??= parseCookies(this.header('cookie')))
  }

  get peerTrusted(): boolean {
    return this.environment.proxies.trusts(this.peerAddress)
  }

  get clientAddress(): string {
    return this.#forwarded().address
  }

  get origin(): string {
    const { hop } = this.#forwarded()
    let scheme = hop?.scheme
    let authority = hop?.authority
    if (this.peerTrusted && this.environment.proxies.header === 'x-forwarded-for') {
      scheme = lastOf(this.header('x-forwarded-proto'))
      authority = lastOf(this.header('x-forwarded-host'))
    }
    const secure = scheme === undefined ? this.peerEncrypted : scheme.toLowerCase() === 'https'
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
    this.showPrincipal(principal)
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
}
