import type { Exchange } from '../exchange.ts'

/** The session that the app itself keeps, by express-session or koa-session. */
export interface AppSession {
  /** The secret by which its store knows it; `undefined` where all of it is in the cookie (koa-session without a store). */
  readonly id: string | undefined
  /** How long it lives without use, in milliseconds; `undefined` where nobody has said, or as long as the browser runs. */
  readonly maxAge: number | undefined
  /** A value that it holds. */
  get(name: string): unknown
  /** Gives it a value, which it keeps as JSON. */
  set(name: string, value: unknown): void
  /** Gives it another id and keeps what it holds; the old id is no longer known to its store. */
  rotate(): Promise<void>
  /** Ends it: at once with express-session, before the response leaves with koa-session. */
  destroy(): Promise<void>
}

type Callback = (err?: unknown) => void
type Values = Record<string, unknown>

interface ExpressSession extends Values {
  readonly id: string
  readonly cookie: { readonly originalMaxAge?: number | null }
  regenerate(done: Callback): unknown
  destroy(done: Callback): unknown
}

interface KoaSession extends Values {
  readonly externalKey: string | undefined
  readonly maxAge: unknown
  regenerate(): Promise<void>
  toJSON(): object
}

/** What carries a session: Express's request, Koa's context. */
interface Carrier {
  session?: unknown
}

/** The app's own session of a request, where it has one that is kept by express-session or koa-session. */
export function appSessionOf({ host }: Exchange): AppSession | undefined {
  const carrier = host.seen as Carrier
  if (isExpress(carrier.session)) return onExpress(carrier)
  return isKoa(carrier.session) ? onKoa(carrier) : undefined
}

function isExpress(session: unknown): session is ExpressSession {
  const { id, cookie, regenerate, destroy } = Object(session) as Partial<ExpressSession>
  const able = typeof regenerate === 'function' && typeof destroy === 'function'
  return able && typeof id === 'string' && typeof cookie === 'object' && cookie !== null
}

function isKoa(session: unknown): session is KoaSession {
  const { regenerate, toJSON } = Object(session) as Partial<KoaSession>
  return typeof regenerate === 'function' && typeof toJSON === 'function' && 'externalKey' in Object(session)
}

function onExpress(carrier: Carrier): AppSession {
  // Looked up each time: another one takes its place when it is rotated.
  const session = (): ExpressSession | undefined => carrier.session as ExpressSession | undefined
  return {
    get id() {
      return session()?.id
    },
    get maxAge() {
      return session()?.cookie.originalMaxAge ?? undefined
    },
    get: (name) => own(session(), name),
    set(name, value) {
      const live = session()
      if (live) live[name] = value
    },
    async rotate() {
      const live = session()
      if (!live) return
      const { cookie: _, ...kept } = { ...live }
      await settled((done) => live.regenerate(done))
      Object.assign(session()!, kept)
    },
    async destroy() {
      const live = session()
      if (live) await settled((done) => live.destroy(done))
    },
  }
}

function onKoa(carrier: Carrier): AppSession {
  const session = (): KoaSession | undefined => (carrier.session ?? undefined) as KoaSession | undefined
  return {
    get id() {
      return session()?.externalKey
    },
    get maxAge() {
      const maxAge = session()?.maxAge
      return typeof maxAge === 'number' ? maxAge : undefined
    },
    get: (name) => own(session(), name),
    set(name, value) {
      const live = session()
      if (live) live[name] = value
    },
    async rotate() {
      const live = session()
      if (!live) return
      await live.regenerate()
      // It still tells its old id; a session that is put in its place has the new one.
      carrier.session = live.toJSON()
    },
    destroy() {
      carrier.session = null
      return Promise.resolve()
    },
  }
}

function own(session: Values | undefined, name: string): unknown {
  return session !== undefined && Object.hasOwn(session, name) ? session[name] : undefined
}

function settled(start: (done: Callback) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    // What a store says is the app's to hear, as it was given.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    start((err) => (err === undefined || err === null ? resolve() : reject(err)))
  })
}
