import type { SessionTracker } from '@sallyport/session-tracker'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import type { createClient } from 'redis'
import { expectTypeOf, it } from 'vitest'

/** Never called: the compiler alone looks at it. */
export function compiles(sessions: SessionTracker, client: ReturnType<typeof createClient>): void {
  const app = express()
  const store = sessions.expressStore(new RedisStore({ client }))
  expectTypeOf(store).toEqualTypeOf<RedisStore>()
  app.use(session({ secret: 's', store }))
  app.use(session({ secret: 's', store: sessions.expressStore(new session.MemoryStore()) }))
  app.use(sessions)
  app.use(sessions.routes())
  app.get('/x', sessions, (req, res) => void sessions.logout(req).then(() => res.end()))
  const koa = new Koa()
  koa.use(sessions)
  koa.use(sessions.routes())
  koa.use(async (ctx) => sessions.logout(ctx))
}

it('stores keep their types, and the middleware fits everywhere', () => {
  expectTypeOf(compiles).toBeFunction()
})
