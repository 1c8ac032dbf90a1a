import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, server } from './support.ts'
import { startPooler, type TransactionPooler } from './transaction-pooler.ts'

const postgres = server()

/** A pooler that ends with the test. */
async function pooled(): Promise<TransactionPooler> {
  const pooler = await startPooler(postgres.url)
  onTestFinished(() => pooler.stop())
  return pooler
}

describe('behind a pooler in transaction mode', () => {
  it('really another connection of the server answers each time', async () => {
    const pooler = await pooled()
    const pool = postgres.pool({ connectionString: pooler.url, max: 1 })
    const pids = new Set<unknown>()
    for (let i = 0; i < 6; i++)
      pids.add((await pool.query('select pg_backend_pid() as pid where $1', [true])).rows[0].pid)
    expect(pids.size).toBe(2)
    // What the store must not do: a named statement is not there any more.
    const named = { name: 'mine', text: 'select $1::int' }
    await pool.query({ ...named, values: [1] })
    await expect(pool.query({ ...named, values: [2] })).rejects.toMatchObject({ code: '26000' })
  })

  it('each call is one transaction, lent once', async () => {
    const pooler = await pooled()
    const pool = postgres.pool({ connectionString: pooler.url, max: 2 })
    const store = postgres.store({ pool, listen: false })
    await store.generation()
    const put = { put: 'k', value: bytes('v'), ttl: LONG, owner: 'o' }
    const calls: (() => Promise<unknown>)[] = [
      () => store.get({ partition: 'p', id: 'k' }),
      () => store.commit('p', [put, { delete: 'l', if: 'present' }]),
      () => store.commit('p', [put, { ...put, put: 'l', if: 'absent' }]),
      () => store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG }),
      () => store.listOwned('p', 'o'),
      () => store.readSince('log', 0),
      () => store.generation(),
    ]
    for (const call of calls) {
      const before = pooler.lent
      await call()
      expect(pooler.lent - before, String(call)).toBe(1)
    }
    const before = pooler.lent
    await store.append('log', bytes('r'), { ttl: LONG })
    // The announcement is the second one, which nobody waits for.
    expect(pooler.lent - before).toBeLessThanOrEqual(2)
  })

  it('hints come over a connection to the server itself', async () => {
    const pooler = await pooled()
    const pool = postgres.pool({ connectionString: pooler.url })
    const schema = postgres.schema()
    const store = postgres.store({ schema, pool, listen: { connectionString: postgres.url } })
    const other = postgres.store({ schema, pool, listen: false })
    let hints = 0
    await store.subscribe('log', () => void hints++)
    await other.append('log', bytes('r'), { ttl: LONG })
    await expect.poll(() => hints).toBe(1)
  })
})
