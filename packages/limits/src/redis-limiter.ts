import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { LimiterFactory } from './options.ts'

/**
 * Makes limiters that count in Redis, by the app's own client of `redis` (4 or later) or `ioredis`. rate-limiter-flexible has to be told which it
 * is: with the wrong one every call fails.
 */
export function redisLimiter(client: object): LimiterFactory {
  const useRedisPackage = typeof (client as { defineCommand?: unknown }).defineCommand !== 'function'
  return (spec) => new RateLimiterRedis({ storeClient: client, useRedisPackage, ...spec })
}
