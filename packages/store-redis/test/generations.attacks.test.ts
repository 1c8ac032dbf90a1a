import type { Store } from '@sallyport/core'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  redisCommand,
  startProxy,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestServer,
} from '../../../test/servers/index.ts'
import { bytes, clientOf, LONG, ownPrefix, storeOn, storeOver, text } from './support/store.ts'

const record = (store: Store, value = 'r'): Promise<number> => store.append('log', bytes(value), { ttl: LONG })

/** What a node sees that follows a log. */
async function follow(store: Store, after = 0): Promise<{ generation: string; last: number; values: unknown[] }> {
  const { generation, last, records } = await store.readSince('log', after)
  return { generation, last, values: records.map(({ value }) => text(value)) }
}

/** Asks for what has no part in it: the first answer after a loss is the test's. */
async function untilBack(store: Store): Promise<void> {
  await expect.poll(() => store.get({ partition: 'p', id: 'k' }).catch(() => 'not yet')).toBeUndefined()
}

describe('a server that has lost everything', () => {
  let server: TestServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  const both = async (): Promise<[Store, Store]> => {
    const prefix = ownPrefix()
    return [await storeOn(server.url, { prefix }), await storeOn(server.url, { prefix })]
  }

  it.each([
    ['FLUSHALL', () => redisCommand(server.port, 'FLUSHALL')],
    ['a restart without its data', () => server.restart({ empty: true })],
  ])('is of another generation for whoever knew it before: %s', async (_name, lose) => {
    const [reader, other] = await both()
    await record(other)
    const before = await follow(reader)
    expect(before).toMatchObject({ last: 1, values: ['r'] })
    await lose()
    for (const store of [reader, other]) await untilBack(store)
    const after = await follow(reader)
    expect(after.generation).not.toBe(before.generation)
    expect(after).toMatchObject({ last: 0, values: [] })
    const born = await reader.generation()
    expect(born.id).toBe(after.generation)
    expect(born.since).toBeGreaterThan((await serverTime()) - 10_000)
    expect(born.since).toBeLessThanOrEqual(await serverTime())
    // And for all, whoever noticed.
    expect(await other.generation()).toEqual(born)
    expect((await follow(other)).generation).toBe(born.id)
    expect((await (await storeOn(server.url, { prefix: 'unused' })).generation()).id).not.toBe(born.id)
  })

  it('is so for a node that had read an empty log', async () => {
    const [reader] = await both()
    const { generation } = await follow(reader)
    await redisCommand(server.port, 'FLUSHALL')
    expect((await follow(reader)).generation).not.toBe(generation)
  })

  it('is so for a node that only appends, and for one that only asks', async () => {
    const [appender, asker] = await both()
    await record(appender)
    const { id } = await asker.generation()
    await redisCommand(server.port, 'FLUSHALL')
    expect(await record(appender)).toBe(1)
    expect((await asker.generation()).id).not.toBe(id)
    // They have noticed each for itself, in two places; whoever hears of a new generation asks for it, and then they agree.
    expect((await follow(appender)).generation).not.toBe(id)
    const born = await appender.generation()
    expect(await asker.generation()).toEqual(born)
    expect((await follow(asker)).generation).toBe(born.id)
    expect((await follow(appender)).generation).toBe(born.id)
  })

  it('is so for all that notice at once, and they agree', async () => {
    const prefix = ownPrefix()
    const stores = await Promise.all(Array.from({ length: 4 }, () => storeOn(server.url, { prefix })))
    await record(stores[0]!)
    const before = await Promise.all(stores.map((store) => follow(store)))
    await redisCommand(server.port, 'FLUSHALL')
    const many = Array.from({ length: 40 }, (_, i) => i)
    await Promise.all(
      many.map((i) =>
        i % 3 === 0 ? record(stores[i % 4]!) : i % 3 === 1 ? follow(stores[i % 4]!) : stores[i % 4]!.generation(),
      ),
    )
    const settled = await Promise.all(stores.map((store) => follow(store)))
    expect(new Set(settled.map(({ generation }) => generation)).size).toBe(1)
    expect(settled[0]!.generation).not.toBe(before[0]!.generation)
    expect(new Set(await Promise.all(stores.map(async (store) => (await store.generation()).id)))).toEqual(
      new Set([settled[0]!.generation]),
    )
  })

  it('is the same generation for whoever comes back to one that has lost nothing', async () => {
    const persistent = await startRedis({ persist: true })
    onTestFinished(() => persistent.stop())
    const store = await storeOn(persistent.url)
    await record(store)
    const before = await follow(store)
    await persistent.restart()
    await expect.poll(() => follow(store).catch(() => undefined)).toEqual(before)
    expect(await record(store)).toBe(2)
  })

  async function serverTime(): Promise<number> {
    const [seconds, micros] = (await redisCommand(server.port, 'TIME')) as unknown as [string, string]
    return Math.floor(Number(seconds) * 1000 + Number(micros) / 1000)
  }
})

describe('a log whose server has lost a part of it', () => {
  let server: TestServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  it('is of a new generation for whoever knows a record that is not there (a replica took over too early)', async () => {
    const prefix = ownPrefix()
    const replica = await startRedis({ replicaOf: server })
    onTestFinished(() => replica.stop())
    const onMaster = await storeOn(server.url, { prefix })
    await record(onMaster, 'has arrived')
    await expect.poll(async () => (await follow(await storeOn(server.url, { prefix }))).last).toBe(1)
    await expect.poll(() => redisCommand(replica.port, 'EXISTS', `${prefix}:{log}:r`)).toBe(1)
    // The replica hears nothing any more, and takes over.
    await redisCommand(replica.port, 'REPLICAOF', 'NO', 'ONE')
    await record(onMaster, 'revocation that was acknowledged and lost')
    const before = await follow(onMaster)
    expect(before.last).toBe(2)
    // As Redis Sentinel and managed servers do it: the same address is another server now.
    const proxy = await startProxy(server.port)
    onTestFinished(() => proxy.stop())
    const url = `redis://127.0.0.1:${String(proxy.port)}`
    const [knows, appends] = [await storeOn(url, { prefix }), await storeOn(url, { prefix })]
    expect((await follow(knows)).last).toBe(2)
    const { id } = await appends.generation()
    proxy.retarget(replica.port)

    for (const store of [knows, appends]) await untilBack(store)
    const after = await follow(knows)
    expect(after.generation).not.toBe(id)
    expect(after.values).toEqual(['has arrived'])
    expect((await knows.generation()).id).toBe(after.generation)
    // Whoever knew nothing of the loss hears of it.
    expect((await follow(appends)).generation).toBe(after.generation)
  })

  it('is so when others have already given the lost numbers to other records', async () => {
    const prefix = ownPrefix()
    const [knows, other] = [await storeOn(server.url, { prefix }), await storeOn(server.url, { prefix })]
    for (const value of ['1', '2', '3']) await record(other, value)
    const before = await follow(knows)
    await rewind(prefix, 1)
    const late = await storeOn(server.url, { prefix })
    for (const value of ['b', 'c', 'd', 'e']) await record(late, value)
    const after = await follow(knows)
    expect(after.generation).not.toBe(before.generation)
    expect(after.values).toEqual(['1', 'b', 'c', 'd', 'e'])
  })

  it('is so for an append by whoever knows more', async () => {
    const prefix = ownPrefix()
    const [knows, other] = [await storeOn(server.url, { prefix }), await storeOn(server.url, { prefix })]
    for (const value of ['1', '2']) await record(knows, value)
    const before = await follow(other)
    await rewind(prefix, 1)
    expect(await record(knows, 'new')).toBe(2)
    const after = await follow(other)
    expect(after.generation).not.toBe(before.generation)
    expect(after.values).toEqual(['1', 'new'])
  })

  it('loses no generation either: one that is older than what is known is no way back', async () => {
    const prefix = ownPrefix()
    const store = await storeOn(server.url, { prefix })
    await record(store)
    const old = (await follow(store)).generation
    await redisCommand(server.port, 'DEL', `${prefix}:{log}:l`, `${prefix}:{log}:r`, `${prefix}:{log}:x`)
    const { generation } = await follow(store)
    expect(generation).not.toBe(old)
    // What a replica brings back that lacks the change of generation.
    await redisCommand(server.port, 'HSET', `${prefix}:{log}:l`, 'g', old)
    await redisCommand(server.port, 'SET', `${prefix}:g`, old, 'PX', LONG)
    const after = await follow(store)
    expect(after.generation).not.toBe(old)
    expect((await store.generation()).id).toBe(after.generation)
  })

  it('gives no number twice when only its head is gone', async () => {
    const prefix = ownPrefix()
    const store = await storeOn(server.url, { prefix })
    for (const value of ['1', '2', '3']) await record(store, value)
    await redisCommand(server.port, 'DEL', `${prefix}:{log}:l`)
    expect(await record(await storeOn(server.url, { prefix }), '4')).toBe(4)
  })

  /** Takes the log back to a record, as a replica has it that lacks the rest. */
  async function rewind(prefix: string, last: number): Promise<void> {
    const client = await clientOf(server.url)
    const [records, leaving] = [`${prefix}:{log}:r`, `${prefix}:{log}:x`]
    const [newest] = await client.withTypeMapping({ 36: Buffer }).zRangeByScore(records, last, last)
    await client.zRemRangeByScore(records, `(${String(last)}`, '+inf')
    for (const number of await client.zRange(leaving, 0, -1))
      if (Number(number) > last) await client.zRem(leaving, number)
    await client.hSet(`${prefix}:{log}:l`, { n: String(last), t: newest!.subarray(0, 8) })
  }
})

describe('a cluster that has lost one of its nodes', () => {
  let cluster: TestCluster
  beforeAll(async () => void (cluster = await startRedisCluster()))
  afterAll(() => cluster.stop())

  it('is of a new generation when the log was on it', async () => {
    const prefix = ownPrefix()
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    const store = storeOver({ client, prefix })
    await record(store)
    const before = await follow(store)
    const { port } = await nodeOf(`${prefix}:{log}:l`)
    await redisCommand(port, 'FLUSHALL')
    const after = await follow(store)
    expect(after.generation).not.toBe(before.generation)
    expect(await store.generation()).toMatchObject({ id: after.generation })
    const other = storeOver({ client, prefix })
    expect((await follow(other)).generation).toBe(after.generation)
  })

  it('is so, for all alike, when what it is called was on it and the log was not', async () => {
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    // A prefix whose own key is on another node than its log.
    let prefix = ownPrefix()
    while ((await nodeOf(`${prefix}:g`)).port === (await nodeOf(`${prefix}:{log}:l`)).port) prefix = ownPrefix()
    const [one, other] = [storeOver({ client, prefix }), storeOver({ client, prefix })]
    await record(one, 'kept')
    const before = await follow(other)
    await redisCommand((await nodeOf(`${prefix}:g`)).port, 'FLUSHALL')
    const { id } = await one.generation()
    expect(id).not.toBe(before.generation)
    expect(await follow(one)).toEqual({ generation: id, last: 1, values: ['kept'] })
    expect(await follow(other)).toEqual({ generation: id, last: 1, values: ['kept'] })
    expect((await other.generation()).id).toBe(id)
  })

  async function nodeOf(key: string): Promise<TestServer> {
    const slot = Number(await redisCommand(cluster.nodes[0]!.port, 'CLUSTER', 'KEYSLOT', key))
    return cluster.nodes[Math.min(cluster.nodes.length - 1, Math.floor((slot * cluster.nodes.length) / 16_384))]!
  }
})
