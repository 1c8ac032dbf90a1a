import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore, type Store } from '@sallyport/core'
import { createPostgresStore } from '@sallyport/store-postgres'
import { createRedisStore, type RedisClient } from '@sallyport/store-redis'
import { createSqliteStore } from '@sallyport/store-sqlite'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import { postgresForTests, redisForTests } from '../servers/index.ts'

/** Empty state of one test, which several nodes share. */
export interface StoreHome {
  /** One node's connection. Ends with the test. */
  connect(): Store
}

/** A kind of store, with the server that it needs. */
export interface StoreKind {
  readonly name: string
  /** Starts the server, for all tests of a file. */
  serve(): Promise<{ home(): Promise<StoreHome>; stop(): Promise<void> }>
}

const memory: StoreKind = {
  name: 'memory',
  serve: () =>
    Promise.resolve({
      home: () => {
        const store = createMemoryStore()
        // All nodes are of this process: the first that closes must not take it from the others.
        return Promise.resolve({ connect: () => ({ ...store, close: () => Promise.resolve() }) })
      },
      stop: () => Promise.resolve(),
    }),
}

const sqlite: StoreKind = {
  name: 'sqlite',
  serve: () =>
    Promise.resolve({
      home: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'sallyport-stack-'))
        onTestFinished(() => rm(folder, { recursive: true, force: true }))
        return { connect: () => ending(createSqliteStore({ path: join(folder, 'store.db') })) }
      },
      stop: () => Promise.resolve(),
    }),
}

/** By the app's own client of either library. */
function redis(name: string, open: (url: string) => { client: RedisClient; end(): void }): StoreKind {
  return {
    name,
    async serve() {
      const { url, stop } = await redisForTests()
      return {
        stop,
        home: () => {
          const prefix = `stack-${randomUUID()}`
          return Promise.resolve({
            connect() {
              const { client, end } = open(url)
              onTestFinished(end)
              return ending(createRedisStore({ client, prefix, timeout: 10_000 }))
            },
          })
        },
      }
    },
  }
}

const nodeRedis = redis('redis', (url) => {
  const client = createClient({ url })
  client.on('error', () => undefined)
  void client.connect()
  return { client, end: () => client.destroy() }
})

const ioRedis = redis('ioredis', (url) => {
  const client = new Redis(url)
  return { client, end: () => client.disconnect() }
})

const postgres: StoreKind = {
  name: 'postgres',
  async serve() {
    const { url, stop } = await postgresForTests()
    return {
      stop,
      home: async () => {
        const schema = `stack_${randomUUID().replaceAll('-', '')}`
        const admin = new Pool({ connectionString: url, max: 1 })
        onTestFinished(async () => {
          await admin.query(`drop schema if exists ${schema} cascade`)
          await admin.end()
        })
        return Promise.resolve({
          connect() {
            const pool = new Pool({ connectionString: url, max: 4 })
            onTestFinished(() => pool.end())
            return ending(createPostgresStore({ pool, schema, timeout: 10_000 }))
          },
        })
      },
    }
  },
}

/** Every store that runs on this Node. */
export const everyStore: readonly StoreKind[] = [
  memory,
  ...(isBuiltin('node:sqlite') ? [sqlite] : []),
  nodeRedis,
  ioRedis,
  postgres,
]

function ending(store: Store): Store {
  onTestFinished(() => store.close())
  return store
}
