import type { Store } from '@sallyport/core'
import { createPostgresStore } from '@sallyport/store-postgres'
import { createRedisStore, type RedisStoreOptions } from '@sallyport/store-redis'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { startPostgres, startRedis, type TestServer } from '../servers/index.ts'

/** A store over a connection of its own. */
export interface Connection {
  readonly store: Store
  /** Ends the client, which is the app's. */
  end(): Promise<void>
}

/** A kind of server that state can live in. */
export interface Backend {
  readonly name: string
  start(options?: { readonly persist?: boolean; readonly replicaOf?: TestServer }): Promise<TestServer>
  connect(port: number): Connection
}

export const redis: Backend = {
  name: 'redis',
  start: (options) => startRedis(options),
  connect: (port) => connectRedis(port),
}

function connectRedis(port: number, options: Omit<RedisStoreOptions, 'client'> = {}): Connection {
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  client.on('error', () => undefined)
  void client.connect().catch(() => undefined)
  return { store: createRedisStore({ client, ...options }), end: () => Promise.resolve(client.destroy()) }
}

/** The same servers where a write is acknowledged only once a replica has it. */
export const redisConfirmed: Backend = {
  ...redis,
  connect: (port) => connectRedis(port, { durable: true, replicas: 1 }),
}

/** The same servers by the other client. */
export const ioredis: Backend = {
  ...redis,
  connect(port) {
    const client = new Redis(port, '127.0.0.1')
    client.on('error', () => undefined)
    return { store: createRedisStore({ client }), end: () => Promise.resolve(client.disconnect()) }
  },
}

export const postgres: Backend = {
  name: 'postgres',
  start: () => startPostgres(),
  connect(port) {
    // As the store's README asks: who waits for ever for a connection to be made has none when the network is back.
    const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`
    const pool = new Pool({ connectionString, connectionTimeoutMillis: 500 })
    return { store: createPostgresStore({ pool }), end: () => pool.end() }
  },
}
