import type { Store } from '@sallyport/core'
import {
  checkRedis,
  createRedisStore,
  type redisErrors,
  type RedisClient,
  type RedisErrorCode,
  type RedisFinding,
} from '@sallyport/store-redis'
import type { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import type { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createClientPool, createCluster, createSentinel, defineScript, RESP_TYPES } from 'redis'
import { describe, expectTypeOf, it } from 'vitest'

const scripts = {
  mine: defineScript({ SCRIPT: '', NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: () => 1 }),
}

describe('types', () => {
  it('take every client as it is, without a cast', () => {
    expectTypeOf(createClient({ url: '' })).toExtend<RedisClient>()
    expectTypeOf(createClient({ RESP: 2, scripts, keyPrefix: 'a:' })).toExtend<RedisClient>()
    expectTypeOf(createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })).toExtend<RedisClient>()
    expectTypeOf(createClientPool({ RESP: 2, scripts })).toExtend<RedisClient>()
    expectTypeOf(createCluster({ rootNodes: [], scripts })).toExtend<RedisClient>()
    expectTypeOf(createCluster({ rootNodes: [], RESP: 2 })).toExtend<RedisClient>()
    expectTypeOf<Redis6>().toExtend<RedisClient>()
    expectTypeOf<Redis6<'resp3'>>().toExtend<RedisClient>()
    expectTypeOf<Cluster6>().toExtend<RedisClient>()
    expectTypeOf<Redis5>().toExtend<RedisClient>()
    expectTypeOf<Cluster5>().toExtend<RedisClient>()
    expectTypeOf<Awaited<ReturnType<typeof connected>>>().toExtend<RedisClient>()
  })

  it('take nothing else', () => {
    const sentinel = createSentinel({ name: '', sentinelRootNodes: [] })
    expectTypeOf(sentinel).not.toExtend<RedisClient>()
    expectTypeOf<string>().not.toExtend<RedisClient>()
    expectTypeOf<{ url: string }>().not.toExtend<RedisClient>()
    expectTypeOf<ReturnType<typeof connected>>().not.toExtend<RedisClient>()
    // @ts-expect-error a concession is named
    const refused = (): Store => createRedisStore({ client: createClient(), accept: ['evictions'] })
    void refused
  })

  it('tell what comes back', () => {
    expectTypeOf(createRedisStore).returns.toEqualTypeOf<Store>()
    expectTypeOf(checkRedis).returns.resolves.toEqualTypeOf<readonly RedisFinding[]>()
    expectTypeOf<keyof typeof redisErrors>().toEqualTypeOf<RedisErrorCode>()
  })
})

function connected() {
  return createClient()
    .on('error', () => undefined)
    .connect()
}
