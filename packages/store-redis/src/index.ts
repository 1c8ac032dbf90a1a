export { checkRedis } from './check-redis.ts'
export type {
  IoRedisClient,
  IoRedisCluster,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisPool,
  RedisClient,
} from './clients.ts'
export { redisErrors, type RedisErrorCode } from './errors.ts'
export type { RedisStoreOptions } from './options.ts'
export { createRedisStore } from './store-redis.ts'
export type { RedisConcession, RedisFinding } from './suitability.ts'
