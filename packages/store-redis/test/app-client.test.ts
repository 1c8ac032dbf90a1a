import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisCommand, startRedis, type TestServer } from '../../../test/servers/index.ts'
import { clientKinds } from './support/clients.ts'
import { bytes, clientOf, LONG, ownPrefix, put, read, storeOn, storeOver, write } from './support/store.ts'

let server: TestServer
beforeAll(async () => void (server = await startRedis()))
afterAll(() => server.stop())

const keys = async (pattern: string): Promise<unknown> =>
  (await redisCommand(server.port, 'KEYS', pattern)) as unknown[]

describe('the app’s client', () => {
  it('may be one that is not connected, and stays so', async () => {
    const client = createClient({ url: server.url })
    const store = storeOver({ client })
    await write(store, put('k'))
    expect(await read(store, 'k')).toBe('v')
    expect(client.isOpen).toBe(false)
    const lazy = new Redis(server.url, { lazyConnect: true })
    const other = storeOver({ client: lazy })
    await write(other, put('k'))
    expect(lazy.status).toBe('wait')
  })

  it.each(clientKinds)('is neither used nor closed nor listened to: $name', async ({ connect }) => {
    const { client, end } = await connect(server.url)
    onTestFinished(end)
    const events = ['error', 'end', 'ready', 'message', 'close', 'connect']
    const listeners = (): number[] => events.map((event) => (client as unknown as Redis).listenerCount(event))
    const before = listeners()
    const store = storeOver({ client })
    await write(store, put('k'))
    await store.subscribe('log', () => undefined)
    expect(listeners()).toEqual(before)
    await store.close()
    const app = client as unknown as { ping(): Promise<unknown> }
    expect(String(await app.ping())).toBe('PONG')
  })

  it.each(clientKinds)('leaves no connection of the store behind: $name', async ({ connect }) => {
    const { client, end } = await connect(server.url)
    onTestFinished(end)
    const connections = async (): Promise<number> =>
      String(await redisCommand(server.port, 'CLIENT', 'LIST'))
        .trim()
        .split('\n').length
    const before = await connections()
    const store = storeOver({ client })
    await Promise.all([write(store, put('k')), store.subscribe('log', () => undefined)])
    expect(await connections()).toBe(before + 2)
    await store.close()
    await expect.poll(connections).toBe(before)
  })

  it('may be closed before the store, and after it', async () => {
    const client = await clientOf(server.url)
    const store = storeOver({ client })
    await write(store, put('k'))
    await client.close()
    expect(await read(store, 'k')).toBe('v')
  })

  it('is asked for its database', async () => {
    const prefix = ownPrefix()
    const seven = await storeOn(server.url, { prefix, client: createClient({ url: `${server.url}/7` }) })
    const eight = storeOver({ prefix, client: new Redis(`${server.url}/8`, { lazyConnect: true }) })
    const zero = await storeOn(server.url, { prefix })
    await write(seven, put('k', '7'))
    await write(eight, put('k', '8'))
    expect([await read(zero, 'k'), await read(seven, 'k'), await read(eight, 'k')]).toEqual([undefined, '7', '8'])
  })

  it('is asked for what it puts before every key', async () => {
    const prefix = ownPrefix()
    const app = ownPrefix()
    const pool = createClientPool({ url: server.url, keyPrefix: `${app}:` }, { maximum: 1 })
    await pool.connect()
    onTestFinished(() => pool.destroy())
    const clients = [
      new Redis(server.url, { lazyConnect: true, keyPrefix: `${app}:` }),
      createClient({ url: server.url, keyPrefix: `${app}:` }),
      pool,
    ]
    const [one, ...others] = clients.map((client) => storeOver({ client, prefix }))
    await write(one!, put('k', 'v', { owner: 'o' }))
    await one!.append('log', bytes('r'), { ttl: LONG })
    await one!.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })
    expect(await keys(`${prefix}*`)).toEqual([])
    expect(await keys(`${app}:${prefix}:*`)).toHaveLength(7)
    for (const other of others) {
      expect(await read(other, 'k')).toBe('v')
      expect(await other.listOwned('p', 'o')).toHaveLength(1)
      let hints = 0
      const cancel = await other.subscribe('log', () => void hints++)
      await one!.append('log', bytes('r'), { ttl: LONG })
      await expect.poll(() => hints).toBeGreaterThan(0)
      cancel()
    }
  })

  it('may speak otherwise than the store does', async () => {
    const client = createClient({ url: server.url, commandOptions: { typeMapping: { 58: String, 36: String } } })
    const mapped = new Redis(server.url, {
      lazyConnect: true,
      stringNumbers: true,
      enableAutoPipelining: true,
      protocol: 3,
      replyMapping: 'resp3',
    })
    for (const store of [storeOver({ client }), storeOver({ client: mapped })]) {
      await store.commit('p', [{ put: 'k', value: Uint8Array.of(0xff, 0, 0xfe), ttl: LONG }])
      expect((await store.get({ partition: 'p', id: 'k' }))!.value).toEqual(Uint8Array.of(0xff, 0, 0xfe))
      expect(await store.increment({ partition: 'p', id: 'n' }, 2, { ttl: LONG })).toBe(2)
      expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
      expect(await store.readSince('log', 0)).toMatchObject({ last: 1, more: false, records: [{ index: 1 }] })
    }
  })

  it('of a pool must be connected by the app; until then the store refuses, and then it is there', async () => {
    const pool = createClientPool({ url: server.url }, { maximum: 1 })
    const store = storeOver({ client: pool })
    await expect(read(store, 'k')).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      origin: { code: 'ERR_REDIS_OFFLINE' },
    })
    await pool.connect()
    onTestFinished(() => pool.destroy())
    await expect.poll(() => read(store, 'k').catch(() => 'refused')).toBeUndefined()
  })
})

describe('a store that the app does not share', () => {
  it('is another one under another prefix', async () => {
    const client = await clientOf(server.url)
    const [one, other] = [storeOver({ client }), storeOver({ client })]
    await write(one, put('k', '1', { owner: 'o' }))
    await one.append('log', bytes('r'), { ttl: LONG })
    expect(await read(other, 'k')).toBeUndefined()
    expect((await other.readSince('log', 0)).last).toBe(0)
    expect((await one.generation()).id).not.toBe((await other.generation()).id)
  })
})

describe('what goes wrong', () => {
  it('does not end a process whose client has no listener for errors', async () => {
    const own = await startRedis()
    onTestFinished(() => own.stop())
    const child = fork(fileURLToPath(new URL('support/careless-app.mjs', import.meta.url)), [own.url], { silent: true })
    onTestFinished(() => void child.kill())
    await once(child, 'message')
    await own.kill()
    await redisCommand(server.port, 'PING')
    child.send('still there?')
    const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown]
    expect(answer).toEqual(['ERR_STORE_UNAVAILABLE', 'ERR_STORE_UNAVAILABLE'])
  })

  it('is told without what the server or the client said', async () => {
    await redisCommand(
      server.port,
      'ACL',
      'SETUSER',
      'barred',
      'on',
      '>hunter2',
      '~*',
      '&*',
      '+@all',
      '-get',
      '-evalsha',
    )
    const client = createClient({ url: server.url, username: 'barred', password: 'hunter2' })
    const store = storeOver({ client })
    const gone = storeOver({ client: createClient({ url: 'redis://barred:hunter2@127.0.0.1:1' }) })
    const wrong = storeOver({ client: createClient({ url: server.url, username: 'barred', password: 'hunter3' }) })
    for (const [one, code] of [
      [store, 'ERR_REDIS_DENIED'],
      [gone, 'ERR_REDIS_OFFLINE'],
      [wrong, 'ERR_REDIS_DENIED'],
    ] as const) {
      const secret = { partition: 'tenant-4711', id: 'session-0815' }
      for (const call of [one.get(secret), one.increment(secret, 1, { ttl: LONG })]) {
        const thrown = await call.then(
          () => undefined,
          (error: Error & { origin: { code: string } }) => error,
        )
        expect(thrown).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', status: 503, origin: { code } })
        const told = `${thrown!.message} ${JSON.stringify(thrown)} ${thrown!.stack ?? ''}`
        expect(told).not.toMatch(/hunter|barred|4711|0815|127\.0\.0\.1/)
      }
    }
  })
})
