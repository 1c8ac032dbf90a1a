import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import session from 'express-session'
import koaSession from 'koa-session'
import type { Native } from './host.ts'

/** What a store of koa-session is. */
export interface KoaStore {
  get(key: string, ...rest: unknown[]): unknown
  set(key: string, value: unknown, ...rest: unknown[]): unknown
  destroy(key: string, ...rest: unknown[]): unknown
}

/** Stores in place of those in memory. */
export interface KeptSessionsOptions {
  readonly express?: session.Store
  readonly koa?: KoaStore
  /** What stands before the stores. */
  readonly guard?: {
    expressStore<Kept extends session.Store>(store: Kept): Kept
    koaStore<Kept extends KoaStore>(store: Kept): Kept
  }
  /** Whether koa-session keeps everything in its cookie. @default false */
  readonly inCookie?: boolean
  readonly maxAge?: number
}

/** Sessions of express-session and koa-session as they come from npm, with a store that tests can look into. */
export function keptSessions(options: KeptSessionsOptions = {}): { middleware: Native; ids(): string[] } {
  const { maxAge = 60_000, guard, inCookie = false } = options
  const memory = new session.MemoryStore() as session.MemoryStore & { sessions: Record<string, string> }
  const kept = new Map<string, unknown>()
  const expressStore = options.express ?? memory
  const onExpress = session({
    secret: 'a secret for tests only',
    resave: false,
    saveUninitialized: false,
    store: guard?.expressStore(expressStore) ?? expressStore,
    cookie: { maxAge },
  })
  const koaStore: KoaStore = options.koa ?? {
    get: (key) => kept.get(key),
    set: (key, value) => void kept.set(key, structuredClone(value)),
    destroy: (key) => void kept.delete(key),
  }
  return {
    ids: () => [...Object.keys(memory.sessions), ...kept.keys()],
    middleware: {
      node: (req, res, next) => onExpress(req as never, res as never, next),
      koa: (_ctx, next) => next(),
      install(app) {
        Object.assign(app, { keys: ['a secret for tests only'] })
        const store = (guard?.koaStore(koaStore) ?? koaStore) as never
        return koaSession(inCookie ? { maxAge } : { store, maxAge }, app as never) as unknown as Native['koa']
      },
      // Its stores are those of express-session.
      async fastify(app) {
        await app.register(fastifyCookie)
        await app.register(fastifySession, {
          secret: 'a secret for tests only, and long',
          saveUninitialized: false,
          store: (guard?.expressStore(expressStore) ?? expressStore) as never,
          cookie: { secure: false, maxAge },
        })
      },
    },
  }
}
