import {
  appSessionOf,
  coreError,
  defineMiddleware,
  exchangeOf,
  optionError,
  type AccountId,
  type Exchange,
  type Login,
} from '@sallyport/core'
import { tagOf } from './account.ts'
import { figuresOf, type FiguresOptions } from './analytics/figures.ts'
import { assemble } from './assemble.ts'
import { DeviceBook } from './device/device-book.ts'
import { sessionError } from './errors.ts'
import type { Ending } from './hooks.ts'
import type { SessionRoutesOptions } from './http/options.ts'
import { sessionRoutes } from './http/routes.ts'
import type { KnownSession } from './known-session.ts'
import { sidIn } from './presence.ts'
import type { Upstream } from './record.ts'
import { infoOf, type SessionInfo } from './session-info.ts'
import { settle } from './settings.ts'
import type { SessionTrackerOptions } from './options.ts'
import { Logout } from './logout.ts'
import type { SessionTracker } from './tracker.ts'

/**
 * Keeps track of every session of a user: lists them, limits them, and ends them for certain.
 *
 * Mount it behind what says who is calling: `identify()` over the app's sessions, or `jwtAuth()`. With the option `cookie` it says so itself.
 *
 * ```ts
 * const sessions = sessionTracker()
 * app.use(session({ secret, store: sessions.expressStore(new RedisStore({ client })) }))
 * app.use(identify(fromSession((held: { user?: string }) => (held.user ? { subject: held.user } : undefined))))
 * app.use(sessions)
 * ```
 * @throws SecurityError ERR_OPTION at construction. On requests: ERR_SESSION_ENDED, ERR_SESSION_EXPIRED, ERR_SESSION_UNDATED,
 *   ERR_SESSION_SUSPICIOUS (401), ERR_SESSION_LIMIT (403), ERR_STORE_UNAVAILABLE (503)
 */
export function sessionTracker(options: SessionTrackerOptions = {}): SessionTracker {
  const settings = settle(options)
  const { environment } = settings
  const parts = assemble(settings)
  const { sessions, devices, known, endings, logins, gatekeeper, watch, stores } = parts
  const book = new DeviceBook(parts)
  const logout = new Logout(parts)
  /** Sessions that began on a request. */
  const tracked = new WeakMap<Exchange, KnownSession>()
  const seconds = (): number => Math.floor(environment.clock.now() / 1000)

  const middleware = defineMiddleware({
    name: 'sessionTracker',
    requires: { authentication: 'optional' },
    environment,
    gate: (exchange) => gatekeeper.pass(exchange),
  })

  environment.ports.offer('rotateSession', async (exchange) => {
    // Routes may stand before this gate; who is logged in there has a session nonetheless.
    if (knownOn(exchange) === undefined && exchange.principal !== undefined) await gatekeeper.pass(exchange)
    const session = knownOn(exchange)
    if (session !== undefined) await parts.renewal.renew(exchange, session)
    else await appSessionOf(exchange)?.rotate()
  })
  environment.ports.offer('risk', async (exchange) => {
    const session = knownOn(exchange)
    return session === undefined ? 0 : (await watch.scoreOf(exchange, session.record)) / 100
  })

  environment.ports.offer('trustsDevice', async (exchange, account) => {
    const cookie = parts.deviceCookie?.raw(exchange)
    const id = cookie === undefined ? undefined : await parts.deviceCookie!.read(cookie)
    return id !== undefined && book.trusts(account, id)
  })

  const tracker = Object.assign(middleware, {
    async track(seen: object, login?: Login, more: Parameters<SessionTracker['track']>[2] = {}) {
      const exchange = onRequest(seen)
      const session = await logins.track(exchange, login, more)
      tracked.set(exchange, session)
      return infoOf(session.found, await devices.list(session.tag), seconds())
    },
    current(seen: object) {
      const session = knownOn(onRequest(seen))
      return session && { id: session.sid, account: session.record.account }
    },
    async rotate(seen: object) {
      const exchange = onRequest(seen)
      const session = knownOn(exchange)
      if (session === undefined) throw coreError('ERR_UNAUTHENTICATED')
      await parts.renewal.renew(exchange, session)
    },
    async list(account: AccountId): Promise<SessionInfo[]> {
      const tag = tagOf(account)
      const [live, all] = await Promise.all([sessions.list(tag, seconds()), devices.list(tag)])
      return live
        .map((found) => infoOf(found, all, seconds()))
        .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt || b.createdAt - a.createdAt)
    },
    end: (account: AccountId, id: string, ending: Ending) => endings.end(tagOf(account), id, ending),
    endAll: (account: AccountId, ending: Ending) => endings.endAll(tagOf(account), ending),
    async endOthers(seen: object, ending: Ending) {
      const session = knownOn(onRequest(seen))
      if (session === undefined) throw sessionError('ERR_SESSION_NOT_FOUND')
      return endings.endAll(session.tag, ending, session.sid)
    },
    endUpstream: (at: Upstream, ending: Ending) => parts.upstream.end(at, ending),
    logout: (seen: object) => logout.logout(onRequest(seen), knownOn(onRequest(seen))),
    async credentialsChanged(seen: object, reason = 'credentials changed') {
      const exchange = onRequest(seen)
      const session = knownOn(exchange)
      if (session === undefined) throw sessionError('ERR_SESSION_NOT_FOUND')
      await book.distrustAll(session.record.account)
      await parts.renewal.renew(exchange, session)
      return endings.endAll(session.tag, { reason, by: 'user' }, session.sid)
    },
    async disable(account: AccountId, reason = 'account disabled') {
      await book.distrustAll(account)
      return endings.endAll(tagOf(account), { reason, by: 'admin' })
    },
    devices: book,
    expressStore: stores.express,
    koaStore: stores.koa,
    async figures(wanted: FiguresOptions = {}) {
      if (parts.analytics === undefined) {
        throw optionError('sessionTracker', 'analytics', false, { accepts: 'true, where figures are wanted' })
      }
      return figuresOf(parts.analytics, wanted)
    },
    routes: (more: SessionRoutesOptions = {}) => sessionRoutes(tracker, settings, authTimeOf, more),
    flush: () => parts.lastSeen.flush(),
  }) as unknown as SessionTracker
  return tracker

  /** What the login says now, or what it said when it was announced; the later of the two. */
  function authTimeOf(exchange: Exchange): number | undefined {
    const said = [exchange.principal?.authTime, knownOn(exchange)?.record.authTime].filter((one) => one !== undefined)
    return said.length === 0 ? undefined : Math.max(...said)
  }

  function knownOn(exchange: Exchange): KnownSession | undefined {
    const begun = tracked.get(exchange)
    if (begun !== undefined) return begun.gone ? undefined : begun
    const { principal } = exchange
    const sid = principal && sidIn(principal)
    const session = sid === undefined ? undefined : known.get(sid)
    return session?.gone === false && session.isOf(principal!) ? session : undefined
  }
}

function onRequest(seen: object): Exchange {
  const exchange = exchangeOf(seen)
  if (exchange === undefined) throw coreError('ERR_NO_EXCHANGE')
  return exchange
}
