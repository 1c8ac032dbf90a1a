import {
  createEnvironment,
  fromSession,
  identify,
  type Environment,
  type EnvironmentOptions,
  type Exchange,
  type Middleware,
} from '@sallyport/core'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import { sessionTracker, type SessionTracker, type SessionTrackerOptions } from '@sallyport/session-tracker'
import { onTestFinished } from 'vitest'
import type { Call, Host, Reply, RunningApp } from '../../../../test/hosts/host.ts'
import { keptSessions, type KeptSessionsOptions } from '../../../../test/hosts/kept-sessions.ts'

/** What the app of the tests keeps in its sessions. */
interface Held {
  user?: string
  at?: number
}

/** What the requests of a test do. */
export type Act = (call: Call & { readonly exchange: Exchange }, session: Held | undefined) => unknown

export interface SceneOptions {
  readonly tracker?: SessionTrackerOptions
  readonly environment?: EnvironmentOptions
  readonly kept?: Omit<KeptSessionsOptions, 'express' | 'koa'>
  /** Whether the app has no sessions but the tracker's cookie. @default false */
  readonly own?: boolean
  /** What stands before the tracker, and behind the app's login. */
  readonly before?: (sessions: SessionTracker, env: Environment) => readonly Middleware[]
  /** What stands behind the tracker. */
  readonly behind?: (sessions: SessionTracker, env: Environment) => readonly Middleware[]
  /** Whether the app's logins say when they were. @default true */
  readonly dated?: boolean
}

/** An app with sessions, a login, and a tracker over it. */
export interface Scene {
  readonly env: Environment
  readonly clock: TestClock
  readonly sessions: SessionTracker
  readonly events: CapturedEvents
  readonly app: RunningApp
  /** Ids of the entries in the app's own store. */
  ids(): string[]
  /** What requests to `/orders` do by the word behind `?do=`, beside `login`. */
  readonly acts: Map<string, Act>
  /** A browser of its own, with its cookies. */
  browser(headers?: Record<string, string>): Browser
}

/** Keeps cookies as browsers do. */
export interface Browser {
  readonly cookies: Map<string, string>
  send(word?: string, headers?: Record<string, string>, query?: string): Promise<Response>
  login(user?: string, roles?: readonly string[]): Promise<Response>
  /** A request to any path. */
  request(method: string, path: string, init?: { headers?: Record<string, string>; body?: string }): Promise<Response>
  copy(headers?: Record<string, string>): Browser
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** The session of the app's own library, from what handlers see. */
function heldBy(seen: object): Held | undefined {
  const { session, env } = seen as { session?: Held; env?: { incoming?: { session?: Held } } }
  return session ?? env?.incoming?.session
}

export async function startScene(host: Host, options: SceneOptions = {}): Promise<Scene> {
  const clock = createTestClock(Date.now())
  const env = createEnvironment({ clock, ...options.environment })
  const events = captureEvents(env)
  const sessions = sessionTracker({ env, ...(options.own && { cookie: true }), ...options.tracker })
  const inner = keptSessions({ ...options.kept, guard: sessions })
  const acts = new Map<string, Act>([['read', ({ principal }) => ({ user: principal?.subject ?? null })]])
  acts.set('login', async ({ seen, exchange }) => {
    const user = new URLSearchParams(exchange.search).get('user') ?? 'ada'
    const at = Math.floor(clock.now() / 1000)
    const roles = new URLSearchParams(exchange.search).getAll('role')
    await sessions.track(seen, { subject: user, authTime: at, roles })
    if (options.own !== true) Object.assign(heldBy(seen)!, { user, at })
    return { id: sessions.current(seen)?.id }
  })
  const login = identify(
    fromSession(({ user, at }: Held) =>
      user === undefined ? undefined : { subject: user, ...(options.dated !== false && { authTime: at! }) },
    ),
    { env },
  )
  const app = await host.start({
    use: [
      ...(options.own ? [] : [inner.middleware, login]),
      ...(options.before?.(sessions, env) ?? []),
      sessions,
      ...(options.behind?.(sessions, env) ?? []),
    ],
    handler: async (call): Promise<Reply> => {
      const exchange = call.exchange!
      const act = acts.get(new URLSearchParams(exchange.search).get('do') ?? 'read')
      const body = await act!({ ...call, exchange }, heldBy(call.seen))
      return { body: typeof body === 'object' && body !== null ? body : { done: body ?? null } }
    },
  })
  onTestFinished(async () => {
    events.stop()
    await env.close()
  })
  return { env, clock, sessions, events, app, ids: inner.ids, acts, browser: (headers) => browserOf(app, headers) }
}

function browserOf(app: RunningApp, own: Record<string, string> = {}, jar = new Map<string, string>()): Browser {
  const base = { 'user-agent': FIREFOX, 'accept-language': 'en-GB,en;q=0.5', 'sec-fetch-site': 'same-origin', ...own }
  const browser: Browser = {
    cookies: jar,
    async request(method, path, { headers = {}, body } = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await app.fetch(path, {
        method,
        headers: { ...base, ...(cookie !== '' && { cookie }), ...headers },
        ...(body !== undefined && { body }),
      })
      // express-session keeps back the last byte of an answer until it has saved.
      await answer.clone().text()
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
        if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name!)
        else jar.set(name!, value!)
      }
      return answer
    },
    send: (word = 'read', headers = {}, query = '') =>
      browser.request('GET', `/orders?do=${word}${query}`, { headers }),
    login: (user = 'ada', roles = []) =>
      browser.send('login', {}, `&user=${user}${roles.map((role) => `&role=${role}`).join('')}`),
    copy: (headers) => browserOf(app, { ...own, ...headers }, new Map(jar)),
  }
  return browser
}

/** Who a request was answered as: a user, nobody, or the code of the refusal. */
export async function answered(response: Promise<Response>): Promise<string | null> {
  const body = (await (await response).json()) as { user?: string | null; code?: string }
  return body.code ?? body.user ?? null
}
