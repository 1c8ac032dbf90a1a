import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import { storeConformance, type StoreHarness } from '@sallyport/core/testing'
import { createPostgresStore } from '@sallyport/store-postgres'
import type { Pool } from 'pg'
import { describe, it } from 'vitest'
import { newPool, newSchema, server } from './support.ts'
import { startPooler } from './transaction-pooler.ts'

const postgres = server()

interface Setting {
  /** Connections of a pool. */
  readonly max: number
  /** Whether the connections of a case share one pool, or each has its own. */
  readonly shared?: boolean
  /** Whether a pooler in transaction mode is between. */
  readonly pooled?: boolean
  /** Whether connections send what comes next before they have an answer. */
  readonly pipeline?: boolean
}

function harness({ max, shared = false, pooled = false, pipeline = false }: Setting): StoreHarness {
  return {
    async create() {
      const schema = newSchema()
      const pooler = pooled ? await startPooler(postgres.url) : undefined
      const pools: Pool[] = []
      const stores: Store[] = []
      const connect = () => {
        if (!shared || pools.length === 0) pools.push(newPool(pooler?.url ?? postgres.url, { max, pipeline }))
        const listen = pooled ? { listen: { connectionString: postgres.url } } : {}
        const store = createPostgresStore({ pool: pools.at(-1)!, schema, timeout: 10_000, ...listen })
        stores.push(store)
        return store
      }
      return {
        store: connect(),
        connect: () => Promise.resolve(connect()),
        async dispose() {
          await Promise.all(stores.map((store) => store.close()))
          await Promise.all(pools.map((pool) => pool.end()))
          await pooler?.stop()
          await postgres.sql(`drop schema if exists ${schema} cascade`)
        },
      }
    },
    advance: (milliseconds) => sleep(milliseconds),
  }
}

describe.each<[string, Setting]>([
  ['pools of one connection', { max: 1 }],
  ['pools of four connections, behind a pooler in transaction mode', { max: 4, pooled: true }],
  ['pools of four connections that pipeline', { max: 4, pipeline: true }],
  ['one pool of twenty connections for all', { max: 20, shared: true }],
])('with %s the PostgreSQL store keeps the contract', (_, setting) => {
  describe.concurrent('', () => {
    for (const { name, run } of storeConformance(harness(setting))) it(name, run)
  })
})
