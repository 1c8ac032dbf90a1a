import { Socket } from 'node:net'
import type { Store } from '@sallyport/core'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  redisCommand,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestServer,
} from '../../../test/servers/index.ts'
import { clientKinds, clusterKinds, type ClientKind } from './support/clients.ts'
import { bytes, clientOf, LONG, ownPrefix, put, read, storeOver, write } from './support/store.ts'

let server: TestServer
beforeAll(async () => void (server = await startRedis()))
afterAll(() => server.stop())

const key = { partition: 'p', id: 'k' }

/** Every call of the contract that a request may make. */
const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  generation: (store) => store.generation(),
  get: (store) => store.get(key),
  'commit of one': (store) => store.commit('p', [put('k', 'v', { owner: 'o' })]),
  'commit of many': (store) =>
    store.commit('p', [put('a', 'v', { owner: 'o' }), put('b', 'v', { if: 'absent' }), { delete: 'k', if: 'present' }]),
  increment: (store) => store.increment(key, 1, { ttl: LONG }),
  listOwned: (store) => store.listOwned('p', 'o'),
  append: (store) => store.append('log', bytes('r'), { ttl: LONG }),
  readSince: (store) => store.readSince('log', 0),
}

async function storeOf(connectTo: ClientKind['connect']): Promise<Store> {
  const { client, end } = await connectTo(server.url)
  onTestFinished(end)
  return storeOver({ client, prefix: ownPrefix() })
}

describe.each(clientKinds)('over $name', ({ connect: connectTo }) => {
  it.each(Object.entries(calls))('%s is one command', async (_name, call) => {
    const store = await storeOf(connectTo)
    // The first of all connects, and asks who the store is.
    await store.append('log', bytes('r'), { ttl: LONG })
    await call(store)
    const seen = await commandsDuring(() => call(store))
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatch(/^(get|evalsha)$/)
  })

  it('is right after the server has forgotten its scripts', async () => {
    const store = await storeOf(connectTo)
    for (const call of Object.values(calls)) await call(store)
    await redisCommand(server.port, 'SCRIPT', 'FLUSH')
    expect(
      await Promise.all(Array.from({ length: 5 }, () => store.increment({ ...key, id: 'n' }, 1, { ttl: LONG }))),
    ).toEqual([1, 2, 3, 4, 5])
    const seen = await commandsDuring(() => store.increment(key, 1, { ttl: LONG }))
    expect(seen).toEqual(['evalsha'])
    for (const [name, call] of Object.entries(calls)) {
      await redisCommand(server.port, 'SCRIPT', 'FLUSH')
      await expect(call(store), name).resolves.not.toThrow()
    }
    await write(store, put('k', 'w'))
    expect(await read(store, 'k')).toBe('w')
  })

  it('sends what is asked for in one turn in one piece', async () => {
    const store = await storeOf(connectTo)
    for (const call of Object.values(calls)) await call(store)
    const many = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, (_, i) => write(store, put(`k${String(i)}`))))
    expect(await writesDuring(server.port, many)).toBe(1)
  })
})

describe('the trap: what clients do by themselves', () => {
  it('ioredis sends each command by itself', async () => {
    const client = new Redis(server.url)
    onTestFinished(() => client.disconnect())
    await client.ping()
    const many = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, (_, i) => client.set(`k${String(i)}`, 'v', 'PX', 1000)))
    expect(await writesDuring(server.port, many)).toBe(100)
  })
})

describe('in a cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => void (cluster = await startRedisCluster()))
  afterAll(() => cluster.stop())

  it.each(clusterKinds)('$name finds nodes that have forgotten their scripts', async ({ connect: connectTo }) => {
    const { client, end } = await connectTo(cluster.urls)
    onTestFinished(end)
    const store = storeOver({ client, prefix: ownPrefix() })
    const counters = Array.from({ length: 30 }, (_, i) => ({ partition: `p${String(i)}`, id: 'n' }))
    const count = (): Promise<number[]> =>
      Promise.all(counters.map((counter) => store.increment(counter, 1, { ttl: LONG })))
    expect(new Set(await count())).toEqual(new Set([1]))
    for (const { port } of cluster.nodes) await redisCommand(port, 'SCRIPT', 'FLUSH')
    expect(new Set(await count())).toEqual(new Set([2]))
  })

  it.each(clusterKinds)('$name follows a slot that moves, and does nothing twice', async ({ connect: connectTo }) => {
    const { client, end } = await connectTo(cluster.urls)
    onTestFinished(end)
    const prefix = ownPrefix()
    const store = storeOver({ client, prefix })
    // A slot that holds nothing else.
    const counter = { partition: `moving ${prefix}`, id: 'n' }
    expect(await store.increment(counter, 1, { ttl: LONG })).toBe(1)
    await move(`${prefix}:{${counter.partition}}:n:n`)
    expect(await store.increment(counter, 1, { ttl: LONG })).toBe(2)
    expect(await store.increment(counter, 1, { ttl: LONG })).toBe(3)
  })

  /** Moves a key, and the slot that it is in, to another node. */
  async function move(name: string): Promise<void> {
    const [{ port: any }] = cluster.nodes as [TestServer]
    const slot = Number(await redisCommand(any, 'CLUSTER', 'KEYSLOT', name))
    const ids = new Map<TestServer, string>()
    for (const node of cluster.nodes) ids.set(node, String(await redisCommand(node.port, 'CLUSTER', 'MYID')))
    const slots = (await redisCommand(any, 'CLUSTER', 'SLOTS')) as unknown as [
      number,
      number,
      [string, number, string],
    ][]
    const owner = slots.find(([from, to]) => slot >= from && slot <= to)![2][2]
    const source = cluster.nodes.find((node) => ids.get(node) === owner)!
    const target = cluster.nodes.find((node) => node !== source)!
    await redisCommand(target.port, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids.get(source)!)
    await redisCommand(source.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids.get(target)!)
    await redisCommand(source.port, 'MIGRATE', '127.0.0.1', target.port, name, 0, 5000)
    for (const node of [target, source, ...cluster.nodes]) {
      await redisCommand(node.port, 'CLUSTER', 'SETSLOT', slot, 'NODE', ids.get(target)!)
    }
  }
})

/** Commands that clients send meanwhile, but those of scripts. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const monitor = await clientOf(server.url)
  const seen: string[] = []
  await monitor.monitor((line) => {
    const [, from, command] = /\[\d+ (\S+)\] "(\w+)"/.exec(line)!
    if (from !== 'lua') seen.push(command!.toLowerCase())
  })
  await work()
  await redisCommand(server.port, 'ECHO', 'end')
  await expect.poll(() => seen.includes('echo')).toBe(true)
  return seen.slice(0, seen.indexOf('echo'))
}

/** How often this process hands something to its connections to a port meanwhile. */
async function writesDuring(port: number, work: () => Promise<unknown>): Promise<number> {
  let writes = 0
  const counting = (name: '_write' | '_writev') => {
    const write = Socket.prototype[name]! as (...given: unknown[]) => void
    Object.assign(Socket.prototype, {
      [name](this: Socket, ...given: unknown[]) {
        if (this.remotePort === port) writes++
        write.apply(this, given)
      },
    })
    return () => Object.assign(Socket.prototype, { [name]: write })
  }
  const restore = [counting('_write'), counting('_writev')]
  try {
    await work()
  } finally {
    for (const one of restore) one()
  }
  return writes
}
