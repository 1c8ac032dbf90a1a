import type { AccountId, Login, Middleware } from '@sallyport/core'
import type { FiguresOptions, SessionFigures } from './analytics/figures.ts'
import type { ExpressStore } from './app-stores/express-store.ts'
import type { KoaStore } from './app-stores/koa-store.ts'
import type { DeviceBook } from './device/device-book.ts'
import type { Ending } from './hooks.ts'
import type { SessionRoutesOptions } from './http/options.ts'
import type { TrackOptions } from './login.ts'
import type { Upstream } from './record.ts'
import type { SessionInfo } from './session-info.ts'

/** The session of a request. */
export interface CurrentSession {
  /** Its public id. */
  readonly id: string
  readonly account: AccountId
}

/** What `sessionTracker` makes: the middleware, and everything that an app does with sessions. `seen` is Express's `req` or Koa's `ctx`. */
export interface SessionTracker extends Middleware {
  /**
   * Says that somebody has logged in on this request: their session has another secret id from now on, and is tracked.
   * @param login who; the same as `identify()` will read from later requests. @default who the request already belongs to
   * @throws SecurityError ERR_UNAUTHENTICATED (401), ERR_SESSION_LIMIT (403), ERR_CROSS_ORIGIN (403), ERR_STORE_UNAVAILABLE (503)
   */
  track(seen: object, login?: Login, options?: TrackOptions): Promise<SessionInfo>
  /** The session of a request; nothing where it has none. */
  current(seen: object): CurrentSession | undefined
  /**
   * Gives the session of a request another secret id: after a factor or a privilege was changed (ASVS 7.2.4).
   * @throws SecurityError ERR_UNAUTHENTICATED (401), ERR_SESSION_ENDED (401), ERR_STORE_UNAVAILABLE (503)
   */
  rotate(seen: object): Promise<void>
  /** The sessions of an account, the one used last first. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
  list(account: AccountId): Promise<SessionInfo[]>
  /**
   * Ends one session of an account, on every node: at once on this one, on the others by a hint of the store, else within
   * `revocationPollInterval` of the environment. Answers whether there was one to end.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  end(account: AccountId, id: string, ending: Ending): Promise<boolean>
  /** Ends all other sessions of the request's account. Answers how many. @throws SecurityError ERR_SESSION_NOT_FOUND (404), ERR_STORE_UNAVAILABLE (503) */
  endOthers(seen: object, ending: Ending): Promise<number>
  /**
   * Ends all sessions of an account. Those that were never seen here fall as well, unless they show that they began later.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  endAll(account: AccountId, ending: Ending): Promise<number>
  /**
   * Ends the sessions that hang on a login at somebody else's (`track(…, { upstream })`), and refuses tokens of that issuer for it: of one
   * session where `sid` is given, else of all of the subject's. Answers how many were ended.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  endUpstream(upstream: Upstream, ending: Ending): Promise<number>
  /** Ends the session of the request, and tells the browser to clear what it keeps of it. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
  logout(seen: object): Promise<void>
  /**
   * A password or a factor was changed on this request: ends all other sessions, trusts no device any more, and gives this session another
   * secret id (ASVS 7.4.3, 7.2.4). Answers how many were ended.
   * @param reason kept with them @default 'credentials changed'
   * @throws SecurityError ERR_SESSION_NOT_FOUND (404), ERR_STORE_UNAVAILABLE (503)
   */
  credentialsChanged(seen: object, reason?: string): Promise<number>
  /** An account was disabled or deleted: ends all that it has (ASVS 7.4.2). @param reason @default 'account disabled' */
  disable(account: AccountId, reason?: string): Promise<number>
  /** The devices of accounts. */
  readonly devices: DeviceBook
  /**
   * Ready routes: users see and end their sessions and devices, and, where a permission is named, its holders those of others. Mount it
   * behind the tracker.
   * @throws SecurityError ERR_OPTION; ERR_PORT_ABSENT where a permission is named and no rbac is on the environment
   */
  routes(options?: SessionRoutesOptions): Middleware
  /**
   * Active users and sessions now and over time, by browser and country, and how long sessions last; of all nodes, in constant memory.
   * @throws SecurityError ERR_OPTION, also without the option `analytics`; ERR_STORE_UNAVAILABLE (503)
   */
  figures(options?: FiguresOptions): Promise<SessionFigures>
  /** Guards a store of express-session: what was ended is gone from it, and no request that was under way brings it back. */
  expressStore<Store extends ExpressStore>(store: Store): Store
  /** Guards a store of koa-session. */
  koaStore<Store extends KoaStore>(store: Store): Store
  /** Writes now when sessions were last used; it happens by itself as well, and when the environment closes. */
  flush(): Promise<void>
}
