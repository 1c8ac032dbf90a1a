import type { Exchange } from '../exchange.ts'

/** The session that the app itself keeps, by express-session, koa-session or @fastify/session. */
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

/** Also that of @fastify/session, which names its id otherwise. */
interface ExpressSession extends Values {
  readonly id?: string
  readonly sessionId?: string
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

/** What carries a session: Express's and Fastify's request, Koa's context. */
interface Carrier {
  session?: unknown
}

/** The app's own session of a request, where it has one that is kept by express-session, koa-session or @fastify/session. */
export function appSessionOf({ host }: Exchange): AppSession | undefined {
  const seen = host.seen as Carrier & { readonly env?: { readonly incoming?: Carrier } }
  // Behind Hono's context there is Node's request, with what Express's middlewares leave there.
  const carrier = seen.session === undefined ? (seen.env?.incoming ?? seen) : seen
  const { session } = carrier
  if (isExpress(session)) return new OnExpress(carrier)
  return isKoa(session) ? new OnKoa(carrier) : undefined
}

function isExpress(session: unknown): session is ExpressSession {
  if (typeof session !== 'object' || session === null) return false
  const { id, sessionId = id, cookie, regenerate, destroy } = session as Partial<ExpressSession>
  const able = typeof regenerate === 'function' && typeof destroy === 'function'
  return able && typeof sessionId === 'string' && typeof cookie === 'object' && cookie !== null
}

function isKoa(session: unknown): session is KoaSession {
  if (typeof session !== 'object' || session === null) return false
  const { regenerate, toJSON } = session as Partial<KoaSession>
  return typeof regenerate === 'function' && typeof toJSON === 'function' && 'externalKey' in session
}

// Classes, because this is asked on every request: a literal with accessors costs microseconds.

class OnExpress implements AppSession {
  readonly #carrier: Carrier

  constructor(carrier: Carrier) {
    this.#carrier = carrier
  }

  /** Looked up each time: another one takes its place when it is rotated. */
  get #session(): ExpressSession | undefined {
    return this.#carrier.session as ExpressSession | undefined
  }

  get id(): string | undefined {
    const live = this.#session
    return live?.sessionId ?? live?.id
  }

  get maxAge(): number | undefined {
    return this.#session?.cookie.originalMaxAge ?? undefined
  }

  get(name: string): unknown {
    return own(this.#session, name)
  }

  set(name: string, value: unknown): void {
    const live = this.#session
    if (live) live[name] = value
  }

  async rotate(): Promise<void> {
    const live = this.#session
    if (!live) return
    // What it holds, and not what a library keeps on it under symbols.
    const { cookie: _, ...kept } = Object.fromEntries(Object.entries(live))
    await settled((done) => live.regenerate(done))
    Object.assign(this.#session!, kept)
  }

  async destroy(): Promise<void> {
    const live = this.#session
    if (live) await settled((done) => live.destroy(done))
  }
}

class OnKoa implements AppSession {
  readonly #carrier: Carrier

  constructor(carrier: Carrier) {
    this.#carrier = carrier
  }

  get #session(): KoaSession | undefined {
    return (this.#carrier.session ?? undefined) as KoaSession | undefined
  }

  get id(): string | undefined {
    return this.#session?.externalKey
  }

  get maxAge(): number | undefined {
    const maxAge = this.#session?.maxAge
    return typeof maxAge === 'number' ? maxAge : undefined
  }

  get(name: string): unknown {
    return own(this.#session, name)
  }

  set(name: string, value: unknown): void {
    const live = this.#session
    if (live) live[name] = value
  }

  async rotate(): Promise<void> {
    const live = this.#session
    if (!live) return
    await live.regenerate()
    // It still tells its old id; a session that is put in its place has the new one.
    this.#carrier.session = live.toJSON()
  }

  destroy(): Promise<void> {
    this.#carrier.session = null
    return Promise.resolve()
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
