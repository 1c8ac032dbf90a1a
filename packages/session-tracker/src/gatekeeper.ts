import { isPromise, SecurityError, type Exchange, type Principal } from '@sallyport/core'
import type { Admission } from './admission.ts'
import type { Observer } from './client/observer.ts'
import { principalOf, type CookieSession } from './cookie-session.ts'
import { thumbprintOf } from './hijack/watch.ts'
import type { KnownSession, KnownSessions } from './known-session.ts'
import type { LastSeen } from './last-seen.ts'
import { presenceOf, type Presence } from './presence.ts'
import type { TrackerSettings } from './settings.ts'
import type { Streams } from './streams.ts'

/** What the gate is made of. */
export interface GateParts {
  readonly settings: TrackerSettings
  readonly known: KnownSessions
  readonly admission: Admission
  readonly observer: Observer
  readonly lastSeen: LastSeen
  readonly cookie: CookieSession | undefined
  readonly streams: Streams
}

/** Refusals after which the app's own session is of no use any more. */
const FINAL = new Set(['ERR_SESSION_ENDED', 'ERR_SESSION_EXPIRED', 'ERR_SESSION_UNDATED'])

/** The gate: a session that this process knows passes without a promise, a digest or a look at the store. */
export class Gatekeeper {
  readonly #parts: GateParts

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  pass(exchange: Exchange): void | Promise<void> {
    const { principal } = exchange
    if (principal === undefined) return this.#passCookie(exchange)
    const presence = presenceOf(exchange, principal)
    if (presence === undefined) return undefined
    const known = this.#parts.known.get(presence.sid)
    if (known?.isOf(principal) === true && this.#isPlain(exchange, known, principal, presence.app?.id)) {
      return this.#used(exchange, known, principal)
    }
    return this.#passUnknown(exchange, principal, presence)
  }

  async #passUnknown(exchange: Exchange, principal: Principal, presence: Presence): Promise<void> {
    const { admission } = this.#parts
    try {
      const known = await admission.admit(exchange, principal, presence)
      if (known !== undefined) this.#used(exchange, known, principal)
    } catch (thrown) {
      if (SecurityError.is(thrown) && thrown.status === 401) exchange.rejectCredential(thrown)
      // The next request then is a stranger's, who may log in.
      if (SecurityError.is(thrown) && FINAL.has(thrown.code)) await presence.app?.destroy()
      throw thrown
    }
  }

  #passCookie(exchange: Exchange): void | Promise<void> {
    const { cookie, known, admission } = this.#parts
    const parts = cookie?.read(exchange)
    if (cookie === undefined || parts === undefined) return undefined
    const session = known.get(parts.sid)
    const principal = session?.principal
    if (session && principal && cookie.fits(session, parts) && this.#isPlain(exchange, session, principal, parts.raw)) {
      exchange.authenticate(principal)
      return this.#used(exchange, session, principal)
    }
    return cookie.admit(exchange, parts, admission).then((found) => {
      if (found === undefined) return
      const owner = (found.principal ??= principalOf(found))
      exchange.authenticate(owner)
      this.#used(exchange, found, owner)
    })
  }

  /** Whether nothing about a session needs a closer look. */
  #isPlain(exchange: Exchange, known: KnownSession, principal: Principal, secret: string | undefined): boolean {
    const { settings, observer } = this.#parts
    const { environment, idle } = settings
    if (known.gone || (secret !== undefined && known.secret !== secret)) return false
    const now = environment.clock.now()
    if (now - known.lastSeen >= idle * 1000 || now >= known.record.endsAt * 1000) return false
    if (known.inputs === undefined || !observer.same(exchange, known.inputs)) return false
    if (known.record.jkt !== undefined && known.record.jkt !== thumbprintOf(principal)) return false
    return this.#isUnrevoked(known, principal)
  }

  #isUnrevoked(known: KnownSession, principal: Principal): boolean {
    const { settings, admission } = this.#parts
    const { revocations } = settings.environment
    if (known.checked === revocations.version && revocations.state === 'current') return true
    try {
      const judged = admission.demandUnrevoked(known, principal)
      if (!isPromise(judged)) return true
      // The list has to be read first: then there is time for everything else.
      judged.catch(() => undefined)
      return false
    } catch {
      return false
    }
  }

  #used(exchange: Exchange, known: KnownSession, principal: Principal): void {
    const { settings, lastSeen, streams } = this.#parts
    lastSeen.note(known, settings.environment.clock.now())
    if (principal.sid === undefined && !known.sid.startsWith('jti:')) {
      exchange.elevate(Object.freeze({ ...principal, sid: known.sid }))
    }
    if (exchange.upgrade) this.#limitSocket(exchange, known)
    else if (streams.asks(exchange)) streams.follow(exchange, known)
  }

  /** An open socket ends with its session, also by itself. */
  #limitSocket(exchange: Exchange, { record }: KnownSession): void {
    const principal = exchange.principal!
    const { credential } = principal
    if (credential.expiresAt !== undefined && credential.expiresAt <= record.endsAt) return
    exchange.elevate(
      Object.freeze({ ...principal, credential: Object.freeze({ ...credential, expiresAt: record.endsAt }) }),
    )
  }
}
