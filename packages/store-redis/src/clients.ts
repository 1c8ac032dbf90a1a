/*
 * What the clients of both libraries have in common, seen from outside: as much as their types must have for the compiler to take them,
 * and as much as tells them apart.
 */

type Method = (...given: never[]) => unknown

/** What `createClient()` of `redis` 6 makes. */
export interface NodeRedisClient {
  readonly isReady: boolean
  readonly withTypeMapping: Method
  readonly duplicate: Method
  readonly ref: Method
}

/** What `createCluster()` of `redis` 6 makes. */
export interface NodeRedisCluster {
  readonly isReady: boolean
  readonly withTypeMapping: Method
  readonly duplicate: Method
  readonly nodeClient: Method
}

/** What `createClientPool()` of `redis` 6 makes. */
export interface NodeRedisPool {
  readonly totalClients: number
  readonly withTypeMapping: Method
  readonly execute: Method
}

/** A `Redis` of `ioredis` 5 or 6. */
export interface IoRedisClient {
  readonly status: string
  readonly isCluster: boolean
  readonly callBuffer: Method
  readonly duplicate: Method
}

/** A `Cluster` of `ioredis` 5 or 6. */
export interface IoRedisCluster extends IoRedisClient {
  readonly nodes: Method
}

/** The app's own client, of either library. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisPool | IoRedisClient | IoRedisCluster

export type ClientKind = 'node-redis' | 'node-redis cluster' | 'node-redis pool' | 'ioredis' | 'ioredis cluster'

/** Which client it is, told by its shape: two copies of a library may be installed. */
export function kindOf(client: unknown): ClientKind | undefined {
  const has = (...methods: readonly string[]): boolean =>
    methods.every((method) => typeof (client as Record<string, unknown> | null)?.[method] === 'function')
  if (has('callBuffer', 'duplicate')) {
    if ((client as IoRedisClient).isCluster) return has('nodes') ? 'ioredis cluster' : undefined
    return typeof (client as IoRedisClient).status === 'string' ? 'ioredis' : undefined
  }
  if (!has('withTypeMapping')) return undefined
  if (has('nodeClient', 'duplicate')) return 'node-redis cluster'
  if (has('execute') && typeof (client as NodeRedisPool).totalClients === 'number') return 'node-redis pool'
  return has('duplicate', 'sendCommand', 'ref') ? 'node-redis' : undefined
}
