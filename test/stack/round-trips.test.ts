import { once } from 'node:events'
import { connect } from 'node:net'
import { createRedisStore } from '@sallyport/store-redis'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient, type RedisClientType } from 'redis'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startScene, type Browser, type Scene } from '../../packages/session-tracker/test/support/scene.ts'
import type { AppSpec, Native, RunningApp } from '../hosts/host.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { startRedis, until, type TestServer } from '../servers/index.ts'
import { bearing, startWorld } from './world.ts'

const REQUESTS = 20

let server: TestServer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

async function connected(): Promise<RedisClientType> {
  const client = createClient({ url: server.url })
  onTestFinished(() => client.destroy())
  return (await client.connect()) as unknown as RedisClientType
}

/** Counts the commands that clients send, as the server sees them; what runs within a script is no round trip. */
async function countCommands(): Promise<(during: () => Promise<void>) => Promise<number>> {
  const socket = connect(server.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let said = ''
  socket.on('data', (chunk) => (said += chunk.toString('latin1')))
  socket.write('MONITOR\r\n')
  await once(socket, 'data')
  const marker = await connected()
  let marks = 0
  // The server reports in order: when the mark is there, so is all that came before it.
  const report = async (): Promise<string[]> => {
    const mark = `mark-${String(marks++)}`
    await marker.echo(mark)
    await until('the server has reported everything', () => said.includes(mark))
    const lines = said.split('\r\n').filter((line) => line.includes('] "') && !line.includes(mark))
    said = ''
    return lines.filter((line) => !line.includes(' lua]'))
  }
  return async (during) => {
    await report()
    await during()
    return (await report()).length
  }
}

/** The costs of a request of somebody new, and of one who was there before. */
async function costs(app: RunningApp, token: () => Promise<string>): Promise<readonly [first: number, next: number]> {
  const count = await countCommands()
  const get = async (jwt: string, cookie = ''): Promise<string> => {
    const response = await app.fetch('/orders', { headers: { ...bearing(jwt).headers, cookie } })
    expect(response.status).toBe(200)
    await response.arrayBuffer()
    return response.headers.get('set-cookie')?.split(';')[0] ?? ''
  }
  await get(await token())
  const known = await token()
  const cookie = await get(known)
  const first = await count(async () => {
    for (let i = 0; i < REQUESTS; i++) await get(await token())
  })
  const next = await count(async () => {
    for (let i = 0; i < REQUESTS; i++) await get(known, cookie)
  })
  return [first / REQUESTS, next / REQUESTS]
}

function tell(who: string, [first, next]: readonly [number, number]): void {
  process.stdout.write(`Round trips to Redis per request, ${who}: ${String(first)}, then ${String(next)}\n`)
}

it('a request through the whole stack costs no round trip to Redis, with a token seen for the first time or again', async () => {
  const world = await startWorld({ store: createRedisStore({ client: await connected() }) })
  await world.env.revocations.ready()
  const cost = await costs(await world.guarded(express5Host), () => world.token(['viewer']))
  tell('jwt-auth and rbac', cost)
  expect(cost).toEqual([0, 0])
})

it('a session costs no round trip where it is known, one where it is not, and its beginning four', async () => {
  const node = async (): Promise<Scene> =>
    startScene(express5Host, { own: true, environment: { store: createRedisStore({ client: await connected() }) } })
  const [here, there] = [await node(), await node()]
  for (const { env } of [here, there]) await env.revocations.ready()
  const read = async (browser: Browser): Promise<void> =>
    expect(await (await browser.send()).json()).toEqual({ user: 'ada' })
  const browsers = Array.from({ length: REQUESTS }, () => here.browser())
  // The first time the server may have to be sent the scripts.
  const first = here.browser()
  await first.login()
  await read(there.browser({ cookie: cookiesOf(first) }))
  const count = await countCommands()
  const begun = await count(async () => {
    for (const browser of browsers) await browser.login()
  })
  const readAll = async (): Promise<void> => {
    for (const browser of browsers) await read(browser)
  }
  // The cookie of the device comes for the first time: the session is looked at once more.
  const shown = await count(readAll)
  // Time stands still: what is rounded to the minute is not written.
  const known = await count(readAll)
  // Another node has never heard of them.
  const unknown = await count(async () => {
    for (const browser of browsers) await read(there.browser({ cookie: cookiesOf(browser) }))
  })
  tell('session-tracker', [unknown / REQUESTS, known / REQUESTS])
  expect([unknown, shown, known]).toEqual([REQUESTS, REQUESTS, 0])
  expect(begun).toBe(4 * REQUESTS)
})

function cookiesOf({ cookies }: Browser): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

it('a change of state costs one', async () => {
  const world = await startWorld({ store: createRedisStore({ client: await connected() }) })
  const { store } = world.env
  await store.generation()
  // Else the first reading of the list of revocations may fall into the count.
  await world.env.revocations.ready()
  const count = await countCommands()
  const value = new Uint8Array(8)
  const ttl = 60_000
  const works: Readonly<Record<string, () => Promise<unknown>>> = {
    get: () => store.get({ partition: 'p', id: 'a' }),
    'commit of several': () =>
      store.commit('p', [
        { put: 'a', value, ttl, owner: 'o' },
        { put: 'b', value, ttl, if: 'absent' },
        { delete: 'c' },
      ]),
    increment: () => store.increment({ partition: 'p', id: 'n' }, 1, { ttl }),
    'list of an owner': () => store.listOwned('p', 'o'),
    append: () => store.append('l', value, { ttl }),
    'read of a log': () => store.readSince('l', 0),
  }
  for (const [name, work] of Object.entries(works)) {
    // The first time the server may have to be sent the script.
    await work()
    expect([name, await count(async () => void (await work()))]).toEqual([name, 1])
  }
})

it('others’ parts on the same app add theirs', async () => {
  const client = await connected()
  const world = await startWorld({ store: createRedisStore({ client }) })
  await world.env.revocations.ready()
  const sessions = session({
    secret: 'for tests',
    resave: false,
    saveUninitialized: true,
    store: new RedisStore({ client }),
  })
  const limiter = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, points: 1e6, duration: 60 })
  const others: Readonly<Record<string, Native['node']>> = {
    'express-session with connect-redis': (req, res, next) => sessions(req as never, res as never, next),
    'rate-limiter-flexible': (req, _res, next) =>
      void limiter.consume(req.socket.remoteAddress!).then(() => next(), next),
  }
  for (const [name, node] of Object.entries(others)) {
    const spec: AppSpec = { use: [world.auth, { node, koa: (_ctx, next) => next() }] }
    const cost = await costs(await world.guarded(express5Host, spec), () => world.token(['viewer']))
    tell(name, cost)
    expect(Math.min(...cost)).toBeGreaterThan(0)
  }
})
