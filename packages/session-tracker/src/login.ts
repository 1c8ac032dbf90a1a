import { coreError, principalOfLogin, type Exchange, type Login, type Principal } from '@sallyport/core'
import { accountOf, tagOf } from './account.ts'
import type { Beginning, Draft } from './begin.ts'
import type { Observer } from './client/observer.ts'
import { principalOf, type CookieSession } from './cookie-session.ts'
import type { Endings } from './ending.ts'
import { thumbprintOf } from './hijack/watch.ts'
import type { KnownSession, KnownSessions } from './known-session.ts'
import { mark, MARKER, markerIn } from './marker.ts'
import { carriedByApp, presenceOf } from './presence.ts'
import type { LiveSession, Upstream } from './record.ts'
import { drawId, keyOf } from './secret.ts'
import type { Found } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'
import type { UpstreamIndex } from './upstream.ts'

/** What an app says about a login. */
export interface TrackOptions {
  /** Ids of sessions that the user gives up for this one, where there are as many as there may be. */
  readonly instead?: readonly string[]
  /** Whose login it was, where an OpenID provider has logged the user in: its logout then ends this session too. */
  readonly upstream?: Upstream
}

/** What logins are made of. */
export interface LoginParts {
  readonly settings: TrackerSettings
  readonly known: KnownSessions
  readonly beginning: Beginning
  readonly endings: Endings
  readonly observer: Observer
  readonly cookie: CookieSession | undefined
  readonly upstream: UpstreamIndex
}

/** Takes logins that the app announces. */
export class Logins {
  readonly #parts: LoginParts

  constructor(parts: LoginParts) {
    this.#parts = parts
  }

  /**
   * @throws SecurityError ERR_UNAUTHENTICATED (401) where nobody is logged in, ERR_SESSION_LIMIT (403), ERR_CROSS_ORIGIN (403),
   *   ERR_STORE_UNAVAILABLE (503)
   */
  async track(exchange: Exchange, login: Login | undefined, options: TrackOptions): Promise<KnownSession> {
    const { settings, cookie } = this.#parts
    const principal = login === undefined ? exchange.principal : principalOfLogin(login, settings.issuer)
    if (principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
    if (cookie !== undefined && login !== undefined) return this.#byCookie(cookie, exchange, principal, options)
    return this.#carried(exchange, principal, options)
  }

  async #byCookie(cookie: CookieSession, exchange: Exchange, principal: Principal, options: TrackOptions) {
    cookie.demandOwnPage(exchange)
    const former = cookie.read(exchange)
    const sid = drawId()
    const tag = tagOf(principal)
    const raw = cookie.draw(tag, sid)
    const { roles, scopes } = principal
    const found = await this.#begin(exchange, principal, options, {
      sid,
      carrier: 'cookie',
      key: keyOf(raw),
      login: { roles, ...(scopes !== undefined && { scopes }) },
    })
    const known = this.#parts.known.add(found)
    known.secret = raw
    known.principal = principalOf(known)
    cookie.write(exchange, raw, known.record)
    if (former !== undefined && exchange.principal !== undefined) await this.#replace(former.tag, former.sid)
    // Who was logged in before on this request stays for the rest of it, if it was another one.
    if (exchange.principal === undefined) exchange.authenticate(known.principal)
    return known
  }

  /** By the app's own session, or by a token. */
  async #carried(exchange: Exchange, principal: Principal, options: TrackOptions): Promise<KnownSession> {
    const app = carriedByApp(exchange, principal.credential)
    const former = markerIn(app?.get(MARKER))
    // A new id at each login, whoever had the old one (ASVS 7.2.4).
    await app?.rotate()
    const named = principal.sid ?? (app === undefined ? presenceOf(exchange, principal)?.sid : drawId())
    if (named === undefined || named === '') throw coreError('ERR_UNAUTHENTICATED')
    const token = named.startsWith('jti:') && principal.sid === undefined ? principal.credential.id : undefined
    const found = await this.#begin(exchange, principal, options, {
      sid: named,
      carrier: app === undefined && !principal.credential.ambient ? 'token' : 'session',
      ...(app?.id !== undefined && { key: keyOf(app.id) }),
      ...(token !== undefined && { token }),
    })
    if (app) mark(app, found)
    if (former !== undefined && former.sid !== found.sid) await this.#replace(former.tag, former.sid)
    const known = this.#parts.known.add(found)
    known.secret = app?.id
    return known
  }

  async #begin(
    exchange: Exchange,
    principal: Principal,
    { instead = [], upstream }: TrackOptions,
    own: Pick<Draft, 'sid' | 'carrier' | 'key' | 'token' | 'login'>,
  ): Promise<Found<LiveSession>> {
    const { beginning, observer, settings } = this.#parts
    const { roles, amr, acr, credential } = principal
    const now = Math.floor(settings.environment.clock.now() / 1000)
    const { authTime = now } = principal
    const jkt = thumbprintOf(principal)
    if (upstream !== undefined) await this.#parts.upstream.note(upstream, tagOf(principal), own.sid)
    const begun = await beginning.begin(exchange, observer.inputs(exchange), {
      ...own,
      account: accountOf(principal),
      tag: tagOf(principal),
      roles,
      amr,
      ...(acr !== undefined && { acr }),
      authTime,
      ...(jkt !== undefined && { jkt }),
      ...(upstream !== undefined && { upstream }),
      found: 'login',
      datedAt: authTime,
      instead,
      browser: credential.ambient,
    })
    if (!begun.fresh && begun.found.record.state === 'ended') throw coreError('ERR_UNAUTHENTICATED')
    // Its logout came while it began, and found nothing to end.
    if (upstream !== undefined && this.#parts.upstream.isOver(upstream, now)) {
      await this.#parts.endings.end(tagOf(principal), own.sid, { reason: 'logged out at the provider', by: 'user' })
      throw coreError('ERR_UNAUTHENTICATED')
    }
    return begun.found as Found<LiveSession>
  }

  async #replace(tag: string, sid: string): Promise<void> {
    await this.#parts.endings.end(tag, sid, { reason: 'replaced', by: 'user' })
  }
}
