import { checkRedis, type RedisConcession } from '@sallyport/store-redis'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisCommand, startRedis, startRedisCluster, type TestServer } from '../../../test/servers/index.ts'
import { clientKinds } from './support/clients.ts'
import { clientOf, put, read, storeOn, storeOver, write } from './support/store.ts'

let server: TestServer
beforeAll(async () => void (server = await startRedis({ persist: true })))
afterAll(() => server.stop())
afterEach(() => redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction'))

const unsuitable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, origin: { code: 'ERR_REDIS_UNSUITABLE' } }
const evict = (): Promise<unknown> => redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')

describe('a server that drops keys when it is full', () => {
  it('is refused, with what to do, until that is put right', async () => {
    await evict()
    const store = await storeOn(server.url)
    await expect(read(store, 'k')).rejects.toMatchObject({
      ...unsuitable,
      message: expect.stringMatching(/allkeys-lru.*noeviction/) as string,
    })
    await expect(store.readSince('log', 0)).rejects.toMatchObject(unsuitable)
    await redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => read(store, 'k').catch(() => 'refused')).toBeUndefined()
  })

  it('is put up with by name', async () => {
    await evict()
    const store = await storeOn(server.url, { accept: ['eviction'] })
    await write(store, put('k'))
    expect(await read(store, 'k')).toBe('v')
  })
})

describe('a server that says nothing of itself', () => {
  const rights = ['on', '>secret', '~*', '&*', '+@all', '-info']
  const asUser = async (...more: readonly string[]) => {
    await redisCommand(server.port, 'ACL', 'SETUSER', 'quiet', 'reset', ...rights, ...more)
    return clientOf(server.url, { username: 'quiet', password: 'secret' })
  }

  it('is asked another way', async () => {
    const client = await asUser()
    await write(storeOver({ client }), put('k'))
    await evict()
    await expect(write(storeOver({ client }), put('k'))).rejects.toMatchObject(unsuitable)
    expect((await checkRedis(client)).map(({ about }) => about)).toEqual(['maxmemory-policy'])
  })

  it.each([[], ['eviction']] as RedisConcession[][])(
    'is refused when it may not be asked at all (accept: %j)',
    async (...accept) => {
      const client = await asUser('-config')
      await expect(read(storeOver({ client, accept }), 'k')).rejects.toMatchObject({
        ...unsuitable,
        message: expect.stringMatching(/INFO.*unchecked/) as string,
      })
      expect((await checkRedis(client)).map(({ about }) => about)).toEqual(['INFO'])
    },
  )

  it('is put up with by name', async () => {
    const client = await asUser('-config')
    const store = storeOver({ client, accept: ['unchecked'] })
    await write(store, put('k'))
    expect(await read(store, 'k')).toBe('v')
  })
})

describe('checkRedis()', () => {
  it.each(clientKinds)('finds nothing where all is well, over $name', async ({ connect }) => {
    const { client, end } = await connect(server.url)
    onTestFinished(end)
    expect(await checkRedis(client)).toEqual([])
    await evict()
    expect(await checkRedis(client)).toMatchObject([{ level: 'error', about: 'maxmemory-policy' }])
  })

  it('needs no connection of the app', async () => {
    expect(await checkRedis(createClient({ url: server.url }))).toEqual([])
  })

  it('warns of a server that forgets', async () => {
    const forgetful = await startRedis()
    onTestFinished(() => forgetful.stop())
    expect(await checkRedis(await clientOf(forgetful.url))).toMatchObject([{ level: 'warning', about: 'appendonly' }])
  })

  it('does not take a replica for a master', async () => {
    const replica = await startRedis({ persist: true, replicaOf: server })
    onTestFinished(() => replica.stop())
    expect(await checkRedis(await clientOf(replica.url))).toMatchObject([{ level: 'error', about: 'role' }])
    await expect(read(await storeOn(replica.url), 'k')).rejects.toMatchObject(unsuitable)
  })

  it('looks at every node of a cluster, and says what is wrong with all of them once', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    await redisCommand(cluster.nodes[2]!.port, 'CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru')
    expect((await checkRedis(client)).map(({ about }) => about)).toEqual(['appendonly', 'maxmemory-policy'])
    await expect(read(storeOver({ client }), 'k')).rejects.toMatchObject(unsuitable)
  })

  it('says that it could not ask', async () => {
    const gone = await startRedis()
    await gone.stop()
    await expect(checkRedis(createClient({ url: gone.url }))).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      origin: { code: 'ERR_REDIS_OFFLINE' },
    })
  })

  it('leaves no connection behind', async () => {
    const connections = async (): Promise<number> =>
      String(await redisCommand(server.port, 'CLIENT', 'LIST')).split('\n').length
    await expect.poll(connections).toBe(2)
    for (let i = 0; i < 5; i++) await checkRedis(createClient({ url: server.url }))
    await expect.poll(connections).toBe(2)
  })
})
