import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startRedis, startRedisCluster, type TestServer } from '../../../test/servers/index.ts'
import { bytes, clientOf, LONG, ownPrefix, put, storeOn, storeOver, write, type Client } from './support/store.ts'

let server: TestServer
beforeAll(async () => void (server = await startRedis()))
afterAll(() => server.stop())

interface Scene {
  readonly store: Store
  readonly client: Client
  readonly prefix: string
}

async function scene(): Promise<Scene> {
  const prefix = ownPrefix()
  return { store: await storeOn(server.url, { prefix }), client: await clientOf(server.url), prefix }
}

/** Lets records leave now that would leave in an hour. */
async function agree(client: Client, prefix: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers)
    await client.zAdd(`${prefix}:{log}:x`, { score: 1, value: String(number) }, { condition: 'XX' })
}

describe('the list of an owner', () => {
  it('lives as long as its longest member', async () => {
    const { store, client, prefix } = await scene()
    const list = `${prefix}:{p}:o:o`
    const left = (): Promise<number> => client.pTTL(list)
    await write(store, put('a', 'v', { owner: 'o', ttl: 60_000 }))
    expect(await left()).toBeGreaterThan(59_000)
    // And not much longer: so that it need not be prolonged each time that an entry is.
    expect(await left()).toBeLessThanOrEqual(67_500)
    await write(store, put('b', 'v', { owner: 'o', ttl: 90_000 }), put('c', 'v', { owner: 'o', ttl: 1000 }))
    expect(await left()).toBeGreaterThan(89_000)
    // Also where a put does not name the owner that the entry has.
    await write(store, put('a', 'v', { ttl: 120_000 }))
    expect(await left()).toBeGreaterThan(119_000)
    await write(store, { delete: 'a' }, { delete: 'b' }, { delete: 'c' })
    expect(await client.exists(list)).toBe(0)
  })

  it('forgets what has ended when it is read', async () => {
    const { store, client, prefix } = await scene()
    await write(store, put('stays', 'v', { owner: 'o' }))
    for (let i = 0; i < 30; i++) await write(store, put(`k${String(i)}`, 'v', { owner: 'o', ttl: 1 }))
    await sleep(10)
    expect(await store.listOwned('p', 'o')).toHaveLength(1)
    expect(await client.zCard(`${prefix}:{p}:o:o`)).toBe(1)
  })

  it('does not pile up what has ended, also when nobody reads it', async () => {
    const { store, client, prefix } = await scene()
    await write(store, put('stays', 'v', { owner: 'o' }))
    for (let i = 0; i < 500; i++) await write(store, put(`k${String(i)}`, 'v', { owner: 'o', ttl: 2 }))
    expect(await client.zCard(`${prefix}:{p}:o:o`)).toBeLessThan(100)
  })

  it('does not show an entry that ended and was made anew for somebody else', async () => {
    const { store, client, prefix } = await scene()
    await write(store, put('k', 'v', { owner: 'one', ttl: 1 }), put('stays', 'v', { owner: 'one' }))
    await sleep(10)
    await write(store, put('k', 'v', { owner: 'two' }))
    expect((await store.listOwned('p', 'one')).map(({ id }) => id)).toEqual(['stays'])
    expect((await store.listOwned('p', 'two')).map(({ id }) => id)).toEqual(['k'])
    expect(await client.zCard(`${prefix}:{p}:o:one`)).toBe(1)
  })

  it('gives a page of many without looking at the others', async () => {
    const { store, client } = await scene()
    const ids = Array.from({ length: 3000 }, (_, i) => `k${String(i).padStart(4, '0')}`)
    for (let i = 0; i < ids.length; i += 1000)
      await write(store, ...ids.slice(i, i + 1000).map((id) => put(id, 'v', { owner: 'o' })))
    const before = await found(client)
    const page = await store.listOwned('p', 'o', { after: 'k1999', limit: 10 })
    expect(page.map(({ id }) => id)).toEqual(ids.slice(2000, 2010))
    // The list, and ten entries.
    expect((await found(client)) - before).toBe(11)
  })

  /** Keys that the server has looked up and found so far. */
  async function found(client: Client): Promise<number> {
    return Number(/keyspace_hits:(\d+)/.exec(await client.info('stats'))![1])
  }
})

describe('a log', () => {
  it('keeps an ended record for an hour as a witness, and no longer', async () => {
    const { store, client, prefix } = await scene()
    for (let i = 0; i < 5; i++) await store.append('log', bytes('r'), { ttl: 1 })
    await sleep(10)
    const leaving = await client.zRangeWithScores(`${prefix}:{log}:x`, 0, -1)
    expect(leaving).toHaveLength(5)
    expect(leaving[0]!.score - Date.now()).toBeGreaterThan(3_500_000)
    expect((await store.readSince('log', 0)).records).toEqual([])
    expect(await client.zCard(`${prefix}:{log}:r`)).toBe(5)
    await agree(client, prefix, [1, 2, 3, 4])
    await store.append('log', bytes('r'), { ttl: LONG })
    expect(await client.zCard(`${prefix}:{log}:r`)).toBe(2)
    await agree(client, prefix, [5])
    expect(await store.readSince('log', 0)).toMatchObject({ last: 6, records: [{ index: 6 }] })
    expect(await client.zCard(`${prefix}:{log}:r`)).toBe(1)
  })

  it('does not pile up ended records', async () => {
    const { store, client, prefix } = await scene()
    const many = Array.from({ length: 1000 }, () => store.append('log', bytes('r'), { ttl: 1 }))
    await agree(client, prefix, await Promise.all(many))
    for (let i = 0; i < 10; i++) await store.append('log', bytes('r'), { ttl: LONG })
    expect(await client.zCard(`${prefix}:{log}:r`)).toBe(10)
  })

  it('goes with its last record, but for its number, which outlives every silence', async () => {
    const { store, client, prefix } = await scene()
    await store.append('log', bytes('r'), { ttl: 1000 })
    const left = (key: string): Promise<number> => client.pTTL(`${prefix}:{log}:${key}`)
    for (const key of ['r', 'x']) {
      expect(await left(key)).toBeGreaterThan(3_600_000)
      expect(await left(key)).toBeLessThanOrEqual(3_661_000)
    }
    const year = 365 * 24 * 3_600_000
    expect(await left('l')).toBeGreaterThan(year)
    // A record that lives longer takes it along.
    await store.append('log', bytes('r'), { ttl: 10 * year })
    expect(await left('l')).toBeGreaterThanOrEqual(await left('r'))
    await client.del([`${prefix}:{log}:r`, `${prefix}:{log}:x`])
    expect(await store.append('log', bytes('r'), { ttl: 1000 })).toBe(3)
    // Reading it keeps it alive too.
    await client.pExpire(`${prefix}:{log}:l`, 1000)
    await store.readSince('log', 0)
    expect(await left('l')).toBeGreaterThan(year)
  })
})

describe('cleanup()', () => {
  it('answers how much it has removed, and removes nothing that lives', async () => {
    const { store, client, prefix } = await scene()
    const many = Array.from({ length: 1200 }, (_, i) =>
      put(`k${String(i)}`, 'v', { owner: `o${String(i % 2)}`, ttl: 300 }),
    )
    await write(store, ...many.slice(0, 600), put('stays', 'v', { owner: 'o0' }))
    await write(store, ...many.slice(600), put('stays too', 'v', { owner: 'o1' }))
    const records = Array.from({ length: 700 }, () => store.append('log', bytes('r'), { ttl: LONG }))
    await agree(client, prefix, (await Promise.all(records)).slice(0, 600))
    await sleep(400)
    expect(await store.cleanup()).toBe(1800)
    expect(await store.cleanup()).toBe(0)
    expect(await store.listOwned('p', 'o0')).toHaveLength(1)
    expect(await store.listOwned('p', 'o1')).toHaveLength(1)
    expect((await store.readSince('log', 0)).records).toHaveLength(100)
  })

  it('goes through every node of a cluster', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    const store = storeOver({ client })
    const partitions = Array.from({ length: 30 }, (_, i) => `p${String(i)}`)
    for (const partition of partitions)
      await store.commit(partition, [put('k', 'v', { owner: 'o', ttl: 1 }), put('l', 'v', { owner: 'o' })])
    await sleep(10)
    expect(await store.cleanup()).toBe(30)
    expect(await store.cleanup()).toBe(0)
  })
})
