import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { redisCommand, startProxy, startRedis, type FaultProxy, type TestServer } from '../../../test/servers/index.ts'
import { clientKinds } from './support/clients.ts'
import { bytes, LONG, ownPrefix, put, read, storeOn, storeOver, write } from './support/store.ts'

/** One of each library. */
const kinds = clientKinds.filter(({ name }) => ['redis 6, RESP3', 'ioredis 6', 'ioredis 5'].includes(name))

const counter = { partition: 'p', id: 'n' }
const count = (store: Store): Promise<number> => store.increment(counter, 1, { ttl: LONG })

async function ownServer(options?: Parameters<typeof startRedis>[0]): Promise<TestServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

async function behindProxy(server: TestServer): Promise<{ proxy: FaultProxy; url: string }> {
  const proxy = await startProxy(server.port)
  onTestFinished(() => proxy.stop())
  return { proxy, url: `redis://127.0.0.1:${String(proxy.port)}` }
}

/** Whether it ends by itself, and soon: none of it waits for the server. */
async function settled(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const all = Promise.allSettled(calls).then((results) => results.map(({ status }) => status))
  return Promise.race([all, sleep(5000, ['hangs'])])
}

describe.each(kinds)('when the server of $name is gone', ({ connect }) => {
  async function storeOf(url: string, prefix = ownPrefix()): Promise<Store> {
    const { client, end } = await connect(url)
    onTestFinished(end)
    return storeOver({ client, prefix })
  }

  it('refuses at once, is back by itself, and does nothing late', async () => {
    const server = await ownServer({ persist: true })
    const store = await storeOf(server.url)
    expect(await count(store)).toBe(1)
    await server.kill()
    await expect(count(store)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', status: 503 })
    const calls = Array.from({ length: 500 }, () => [
      count(store),
      store.commit('p', [put('ghost')]),
      read(store, 'ghost'),
    ])
    expect(new Set(await settled(calls.flat()))).toEqual(new Set(['rejected']))
    await server.restart()
    await expect.poll(() => read(store, 'ghost').catch(() => 'not yet')).toBeUndefined()
    expect(await count(store)).toBe(2)
  })

  it('does not send again what was done and not answered', async () => {
    const server = await ownServer()
    const { proxy, url } = await behindProxy(server)
    const store = await storeOf(url)
    await count(store)
    proxy.delay(200)
    const unanswered = count(store)
    unanswered.catch(() => undefined)
    // It has reached the server, and the answer is on its way.
    await expect.poll(() => redisCommand(server.port, 'INFO', 'commandstats').then(callsOfIncrby)).toBe(1)
    proxy.reset()
    proxy.heal()
    await expect(unanswered).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    await expect.poll(() => count(store).catch(() => 0)).toBe(3)
  })

  it('finds its way out of a connection that is dead and does not say so', async () => {
    const server = await ownServer()
    const { proxy, url } = await behindProxy(server)
    const store = await storeOf(url)
    await write(store, put('k', 'kept'))
    proxy.halfOpen()
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < 20; i++) {
      const call = read(store, 'k')
      call.catch(() => undefined)
      calls.push(call)
      await sleep(50)
    }
    proxy.heal()
    await expect.poll(() => Promise.race([read(store, 'k').catch(() => 'refused'), sleep(20, 'silent')])).toBe('kept')
    expect(new Set(await settled(calls))).toEqual(new Set(['rejected']))
  })

  it('holds few calls for a server that stands still, and none for long', async () => {
    const server = await ownServer()
    const store = await storeOf(server.url)
    await count(store)
    server.pause()
    let refused = 0
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < 60; i++) {
      calls.push(count(store).catch(() => void refused++))
      await sleep(25)
    }
    // It has been silent for longer than a call may take.
    expect(refused).toBeGreaterThan(20)
    const wereRefused = refused
    server.resume()
    await Promise.all(calls)
    await expect.poll(() => read(store, 'k').catch(() => 'not yet')).toBeUndefined()
    // Whatever was refused at once was not done.
    expect(await count(store)).toBeLessThanOrEqual(2 + calls.length - wereRefused)
  })
})

describe('the trap: what clients do by themselves', () => {
  it('ioredis sends again what was done and not answered', async () => {
    const server = await ownServer()
    const { proxy, url } = await behindProxy(server)
    const client = new Redis(url)
    client.on('error', () => undefined)
    onTestFinished(() => client.disconnect())
    await client.incr('n')
    proxy.delay(200)
    const once = client.incr('n')
    await expect.poll(() => redisCommand(server.port, 'GET', 'n')).toBe('2')
    proxy.reset()
    proxy.heal()
    expect(await once).toBe(3)
  })

  it('redis queues for a server that is gone, and does it all later', async () => {
    const server = await ownServer()
    const client = createClient({ url: server.url })
    client.on('error', () => undefined)
    onTestFinished(() => client.destroy())
    await client.connect()
    await server.kill()
    await expect.poll(() => client.isReady).toBe(false)
    const late = client.set('ghost', 'v')
    expect(await Promise.race([late, sleep(300, 'hangs')])).toBe('hangs')
    await server.restart()
    await late
    expect(await redisCommand(server.port, 'GET', 'ghost')).toBe('v')
  })
})

describe('a server that does not write any more', () => {
  it('is left, for reading too: a master that has become a replica', async () => {
    const server = await ownServer()
    const other = await ownServer()
    const store = await storeOn(server.url)
    await write(store, put('k', 'v'))
    await redisCommand(server.port, 'REPLICAOF', '127.0.0.1', other.port)
    await expect(write(store, put('k', 'w'))).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    // A replica at the other end is not settled for, not for reading either: it may be behind.
    await expect.poll(() => settledCode(read(store, 'k'))).toBe('ERR_REDIS_UNSUITABLE')
    await redisCommand(server.port, 'REPLICAOF', 'NO', 'ONE')
    await expect
      .poll(() =>
        write(store, put('k', 'x')).then(
          () => 'written',
          () => 'refused',
        ),
      )
      .toBe('written')
  })
})

describe('hints', () => {
  it('come again after the listening connection was lost, and make up for those that were missed', async () => {
    const server = await ownServer()
    const store = await storeOn(server.url)
    let hints = 0
    await store.subscribe('log', () => void hints++)
    const append = (): Promise<unknown> => store.append('log', bytes('r'), { ttl: LONG })
    await append()
    await expect.poll(() => hints).toBe(1)
    await redisCommand(server.port, 'CLIENT', 'KILL', 'TYPE', 'pubsub')
    // For what was said in between.
    await expect.poll(() => hints).toBe(2)
    await append()
    await expect.poll(() => hints).toBe(3)
  })

  it('use one connection, which is made when it is wanted and ends when it is not', async () => {
    const server = await ownServer()
    const store = await storeOn(server.url)
    const listening = async (): Promise<number> =>
      String(await redisCommand(server.port, 'CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n').length - 1
    await store.get({ partition: 'p', id: 'k' })
    expect(await listening()).toBe(0)
    const cancels = await Promise.all(['a', 'b', 'c', 'a'].map((log) => store.subscribe(log, () => undefined)))
    expect(await listening()).toBe(1)
    for (const cancel of cancels) cancel()
    await expect.poll(listening).toBe(0)
    await store.subscribe('a', () => undefined)
    await store.close()
    await expect.poll(listening).toBe(0)
  })

  it('that nobody can be told of fail nobody: the channel is forbidden', async () => {
    const server = await ownServer()
    await redisCommand(server.port, 'ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', '+@all', 'resetchannels')
    const store = await storeOn(server.url, {
      client: createClient({ url: server.url, username: 'mute', password: 'secret' }),
    })
    expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
    await expect(store.subscribe('log', () => undefined)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      origin: { code: 'ERR_REDIS_DENIED' },
    })
  })
})

function callsOfIncrby(stats: unknown): number {
  return Number(/cmdstat_incrby:calls=(\d+)/.exec(String(stats))?.[1] ?? 0)
}

async function settledCode(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (thrown: { origin?: { code?: string } }) => thrown.origin?.code,
  )
}
