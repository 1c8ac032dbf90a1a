import { createEnvironment } from '@sallyport/core'

/** An environment on a store of ours; every kind by its own client, made as its documentation says. */
export async function openEnvironment({ kind, at }, options = {}) {
  const store = await open[kind](at)
  return createEnvironment({ store, storeDeadline: 10_000, ...options })
}

/** Why this Node cannot run a store of a kind; nothing where it can. */
export function unavailable(kind) {
  if (kind !== 'sqlite' || process.getBuiltinModule('node:sqlite') !== undefined) return undefined
  return { unavailable: 'node:sqlite needs Node 22.13' }
}

const open = {
  async redis(url) {
    const { createRedisStore } = await import('@sallyport/store-redis')
    const { createClient } = await import('redis')
    return createRedisStore({ client: await createClient({ url }).on('error', ignore).connect() })
  },
  async ioredis(url) {
    const { createRedisStore } = await import('@sallyport/store-redis')
    const { Redis } = await import('ioredis')
    return createRedisStore({ client: new Redis(url).on('error', ignore) })
  },
  async postgres(url) {
    const { createPostgresStore } = await import('@sallyport/store-postgres')
    const { default: pg } = await import('pg')
    return createPostgresStore({
      pool: new pg.Pool({ connectionString: url, max: 4, pipeline: true }).on('error', ignore),
    })
  },
  async sqlite(path) {
    const { createSqliteStore } = await import('@sallyport/store-sqlite')
    return createSqliteStore({ path })
  },
}

// A server that goes away ends the calls to it; that is enough of a report for a bench.
function ignore() {}
