import { kindOf, type RedisClient } from './clients.ts'
import { fromIoCluster, fromIoRedis } from './io-redis.ts'
import type { Source } from './link.ts'
import { fromClient, fromCluster, fromPool } from './node-redis.ts'

/** Where connections like those of the app's client come from. */
export function sourceOf(client: RedisClient): Source {
  switch (kindOf(client)!) {
    case 'node-redis':
      return fromClient(client as never)
    case 'node-redis cluster':
      return fromCluster(client as never)
    case 'node-redis pool':
      return fromPool(client as never)
    case 'ioredis':
      return fromIoRedis(client as never)
    case 'ioredis cluster':
      return fromIoCluster(client as never)
  }
}
