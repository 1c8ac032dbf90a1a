import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvironment, fromSession, identify } from '@sallyport/core'
import { createRedisStore } from '@sallyport/store-redis'
import { sessionTracker } from '@sallyport/session-tracker'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { keptSessions } from '../hosts/kept-sessions.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { startRedis } from '../servers/index.ts'

interface Held {
  user?: string
  at?: number
}

const ada = { issuer: 'local', subject: 'ada' }

/** An app whose state is in a Redis of its own: in Sallyport's cookie session, or in express-session with connect-redis. */
async function world(own: boolean) {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const client = createClient({ url: server.url })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.destroy())
  const env = createEnvironment({ store: createRedisStore({ client, timeout: 10_000 }), storeDeadline: 10_000 })
  onTestFinished(() => env.close())
  const sessions = sessionTracker({ env, cookie: own })
  const kept = keptSessions({ express: new RedisStore({ client }), guard: sessions })
  const login = identify(
    fromSession(({ user, at }: Held) => (user === undefined ? undefined : { subject: user, authTime: at! })),
    { env },
  )
  const app = await express5Host.start({
    use: [...(own ? [] : [kept.middleware, login]), sessions],
    async handler({ seen, exchange, principal }) {
      if (exchange!.search === 'login') {
        const at = Math.floor(Date.now() / 1000)
        await sessions.track(seen, { subject: 'ada', authTime: at })
        if (!own) Object.assign((seen as { session: Held }).session, { user: 'ada', at })
      }
      return { body: { user: principal?.subject ?? null } }
    },
  })
  const send = async (query: string, cookie = '') => {
    const answer = await app.fetch(`/orders?${query}`, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    const { user = null } = (await answer.json()) as { user?: string | null }
    const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]!)
    return { status: answer.status, user, cookie: cookies.join('; ') }
  }
  return { server, sessions, send }
}

describe.each([
  ['the cookie session', true],
  ['express-session with connect-redis', false],
] as const)('a Redis that comes back with nothing, under %s', (_name, own) => {
  it('logs everybody out cleanly, and lets nobody back in who was revoked', { timeout: 60_000 }, async () => {
    const { server, sessions, send } = await world(own)
    const kept = (await send('login')).cookie
    const revoked = (await send('login')).cookie
    expect([(await send('', kept)).user, (await send('', revoked)).user]).toEqual(['ada', 'ada'])
    const newest = (await sessions.list(ada))[0]!
    await sessions.end(ada, newest.id, { reason: 'test' })
    await server.restart({ empty: true })
    for (const cookie of [kept, revoked]) {
      // 503 until the server is back; then at once where an entry was the session, else when the node has seen the loss.
      await vi.waitFor(
        async () => {
          const { status, user } = await send('', cookie)
          expect([status, user]).toEqual([200, null])
        },
        { timeout: 15_000, interval: 50 },
      )
    }
    // What was issued in the second of the loss is refused too: a login after it is not.
    const again = await vi.waitFor(
      async () => {
        const { cookie } = await send('login')
        // A node that has not seen the loss yet takes what it refuses when it has: it looks once a second.
        for (let i = 0; i < 3; i++) {
          expect((await send('', cookie)).user).toBe('ada')
          await sleep(700)
        }
        return cookie
      },
      { timeout: 30_000, interval: 200 },
    )
    expect((await send('', again)).user).toBe('ada')
    expect((await send('', revoked)).user).toBeNull()
  })
})
