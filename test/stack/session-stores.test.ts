import { createEnvironment, fromSession, identify } from '@sallyport/core'
import { createRedisStore } from '@sallyport/store-redis'
import { sessionTracker, type SessionTracker } from '@sallyport/session-tracker'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keptSessions, type KoaStore } from '../hosts/kept-sessions.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { redisForTests, type SharedServer } from '../servers/index.ts'

interface Held {
  user?: string
  at?: number
  count?: number
}

const ada = { issuer: 'local', subject: 'ada' }

let server: SharedServer
beforeAll(async () => {
  server = await redisForTests()
})
afterAll(() => server.stop())

async function connect() {
  const client = createClient({ url: server.url })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

let prefixes = 0

/** Sessions in Redis, of whichever library, guarded or not. */
async function world(library: 'express-session with connect-redis' | 'koa-session', guarded: boolean) {
  const client = await connect()
  const prefix = `stores-${process.pid}-${++prefixes}:`
  const env = createEnvironment({
    store: createRedisStore({ client, prefix: `${prefix}env`, timeout: 10_000 }),
    storeDeadline: 10_000,
  })
  onTestFinished(() => env.close())
  const sessions = sessionTracker({ env })
  const keyOf = (id: string): string => `${prefix}app:${id}`
  const koa: KoaStore = {
    get: async (id) => JSON.parse((await client.get(keyOf(id))) ?? 'null') as unknown,
    set: async (id, value, ttl) =>
      void (await client.set(keyOf(id), JSON.stringify(value), { expiration: { type: 'PX', value: Number(ttl) } })),
    destroy: async (id) => void (await client.del(keyOf(id))),
  }
  const kept = keptSessions({
    express: new RedisStore({ client, prefix: keyOf('') }),
    koa,
    ...(guarded && { guard: sessions }),
  })
  /** Requests that were let in and wait to answer. */
  const held: (() => void)[] = []
  const host = library === 'koa-session' ? koa3Host : express5Host
  const app = await host.start({
    use: [
      kept.middleware,
      identify(
        fromSession(({ user, at }: Held) => (user === undefined ? undefined : { subject: user, authTime: at! })),
        { env },
      ),
      sessions,
    ],
    async handler({ seen, exchange, principal }) {
      const query = new URLSearchParams(exchange!.search)
      const session = (): Held => (seen as { session: Held }).session
      if (query.has('login')) {
        const at = Math.floor(Date.now() / 1000)
        await sessions.track(seen, { subject: 'ada', authTime: at })
        Object.assign(session(), { user: 'ada', at })
      }
      if (query.has('hold')) {
        session().count = (session().count ?? 0) + Number(query.get('hold'))
        await new Promise<void>((resolve) => held.push(resolve))
      }
      return { body: { user: principal?.subject ?? null } }
    },
  })
  const entries = async (): Promise<string[]> =>
    (await client.keys(keyOf('*'))).map((key) => key.slice(keyOf('').length))
  return { app, sessions, client, entries, keyOf, held }
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0]!)
    .filter((pair) => !pair.startsWith('__Host-'))
    .join('; ')
}

async function who(app: { fetch(path: string, init?: RequestInit): Promise<Response> }, cookie: string) {
  const answer = await app.fetch('/orders', { headers: { cookie } })
  const { user, code } = (await answer.json()) as { user?: string | null; code?: string }
  return code ?? user ?? null
}

async function loggedIn(app: { fetch(path: string): Promise<Response> }, sessions: SessionTracker) {
  const cookie = cookieOf(await app.fetch('/orders?login'))
  const [session] = await sessions.list(ada)
  return { cookie, id: session!.id }
}

const libraries = ['express-session with connect-redis', 'koa-session'] as const

describe.each(libraries)('%s as it comes from npm', (library) => {
  it('one hundred writes that are under way when a session ends leave nothing behind, and nobody is let in', async () => {
    const { app, sessions, entries, held } = await world(library, true)
    const { cookie, id } = await loggedIn(app, sessions)
    expect(await who(app, cookie)).toBe('ada')
    // express-session keeps back the last byte of an answer until it has saved.
    const writes = Array.from({ length: 100 }, async (_, i) =>
      (await app.fetch(`/orders?hold=${i + 1}`, { headers: { cookie } })).text(),
    )
    await vi.waitFor(() => expect(held).toHaveLength(100), { timeout: 20_000, interval: 5 })
    // Half of them write before, half of them after; some at the same moment.
    for (const go of held.slice(0, 50)) go()
    const ending = sessions.end(ada, id, { reason: 'test' })
    for (const go of held.slice(50, 75)) go()
    expect(await ending).toBe(true)
    for (const go of held.slice(75)) go()
    await Promise.all(writes)
    expect(await entries()).toEqual([])
    expect(await who(app, cookie)).toBeNull()
    expect(await sessions.list(ada)).toEqual([])
  })

  it('without the guard the library brings the entry back, and the gate refuses it all the same', async () => {
    const { app, sessions, entries, held } = await world(library, false)
    const { cookie, id } = await loggedIn(app, sessions)
    const write = app.fetch('/orders?hold=1', { headers: { cookie } }).then((answer) => answer.text())
    await vi.waitFor(() => expect(held).toHaveLength(1), { timeout: 20_000, interval: 5 })
    await sessions.end(ada, id, { reason: 'test' })
    for (const go of held) go()
    await write
    expect(await entries()).toHaveLength(1)
    expect(await who(app, cookie)).toBe('ERR_SESSION_ENDED')
    // And it is gone now.
    expect(await entries()).toEqual([])
    expect(await who(app, cookie)).toBeNull()
  })

  it('entries of the time before the guard go on, and are moved to a digest of their id', async () => {
    const before = await world(library, false)
    const cookie = cookieOf(await before.app.fetch('/orders?login'))
    const [raw] = await before.entries()
    const { client } = before
    const after = await world(library, true)
    // The same entry, as it was before there was a tracker at all.
    const content = JSON.parse((await client.get(before.keyOf(raw!)))!) as Record<string, unknown>
    delete content['sallyport']
    await client.set(after.keyOf(raw!), JSON.stringify(content))
    expect(await who(after.app, cookie)).toBe('ada')
    const names = await after.entries()
    expect(names).toHaveLength(1)
    expect(names[0]).not.toContain(raw)
    expect(await after.sessions.list(ada)).toHaveLength(1)
    const [session] = await after.sessions.list(ada)
    await after.sessions.end(ada, session!.id, { reason: 'test' })
    expect(await after.entries()).toEqual([])
    expect(await who(after.app, cookie)).toBeNull()
  })
})
