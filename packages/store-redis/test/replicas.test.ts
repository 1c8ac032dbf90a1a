import type { Store } from '@sallyport/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  redisCommand,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestServer,
} from '../../../test/servers/index.ts'
import { clientKinds, clusterKinds } from './support/clients.ts'
import { bytes, LONG, put, read, storeOver, write } from './support/store.ts'

const refused = { code: 'ERR_STORE_UNAVAILABLE', status: 503, origin: { code: 'ERR_REDIS_REPLICAS' } }

describe('with a replica', () => {
  let server: TestServer
  let replica: TestServer
  beforeAll(async () => {
    server = await startRedis()
    replica = await startRedis({ replicaOf: server })
  })
  afterEach(() => replica.resume())
  afterAll(() => Promise.all([server.stop(), replica.stop()]))

  const kinds = clientKinds.filter(({ name }) => ['redis 6, RESP3', 'ioredis 6', 'ioredis 5'].includes(name))

  describe.each(kinds)('over $name', ({ connect }) => {
    async function storeOf(replicas: number): Promise<Store> {
      const { client, end } = await connect(server.url)
      onTestFinished(end)
      return storeOver({ client, replicas })
    }

    it('acknowledges what the replica has', async () => {
      const store = await storeOf(1)
      await write(store, put('k', 'v', { owner: 'o' }))
      expect(await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })).toBe(1)
      expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
      expect(await read(store, 'k')).toBe('v')
    })

    it('refuses a write that it has not, and reads on', async () => {
      const store = await storeOf(1)
      await write(store, put('k'))
      replica.pause()
      await expect(write(store, put('k', 'w'))).rejects.toMatchObject(refused)
      await expect(store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })).rejects.toMatchObject(refused)
      await expect(store.append('log', bytes('r'), { ttl: LONG })).rejects.toMatchObject(refused)
      expect(await read(store, 'k')).toMatch(/^[vw]$/)
      replica.resume()
      await expect
        .poll(() =>
          write(store, put('k', 'x')).then(
            () => 'written',
            () => 'refused',
          ),
        )
        .toBe('written')
    })

    it('refuses when there are fewer than it wants', async () => {
      await expect(write(await storeOf(2), put('k'))).rejects.toMatchObject(refused)
    })

    it('waits once for all that is written in one turn', async () => {
      const store = await storeOf(1)
      await write(store, put('k'))
      await redisCommand(server.port, 'CONFIG', 'RESETSTAT')
      await Promise.all(Array.from({ length: 100 }, (_, i) => write(store, put(`k${String(i)}`))))
      const stats = String(await redisCommand(server.port, 'INFO', 'commandstats'))
      expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)![1]).toBe('100')
      expect(/cmdstat_wait:calls=(\d+)/.exec(stats)![1]).toBe('1')
    })
  })
})

describe('in a cluster without replicas', () => {
  let cluster: TestCluster
  beforeAll(async () => void (cluster = await startRedisCluster()))
  afterAll(() => cluster.stop())

  it.each(clusterKinds)(
    '$name refuses a write that no replica has, and writes where none is wanted',
    async ({ connect }) => {
      const { client, end } = await connect(cluster.urls)
      onTestFinished(end)
      await expect(write(storeOver({ client, replicas: 1 }), put('k'))).rejects.toMatchObject(refused)
      await write(storeOver({ client, replicas: 0 }), put('k'))
    },
  )
})
