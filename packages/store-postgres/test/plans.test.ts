import { migrate } from '@sallyport/store-postgres'
import type { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import { bytes, LONG, server, text } from './support.ts'

const postgres = server()

/** Rows of others around those that are asked for. */
const OTHERS = 20_000

/** What a statement reads of a table, as the server counts it within the transaction. */
async function readsOf(pool: Pool, schema: string, table: string, statement: string) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const counters = `select seq_scan::int, coalesce(idx_tup_fetch, 0)::int as fetched from pg_stat_xact_user_tables
      where schemaname = '${schema}' and relname = '${table}'`
    const before = (await client.query(counters)).rows[0]
    const { rows } = await client.query(statement)
    const after = (await client.query(counters)).rows[0]
    return { rows, scans: after.seq_scan - before.seq_scan, fetched: after.fetched - before.fetched }
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Fills the table with entries of one partition, `each` of them for one owner, behind the statistics' back. */
async function fill(schema: string, each: number): Promise<void> {
  await postgres.sql(`
    insert into ${schema}.entries (partition_hash, id, owner_key, version, expires_at, slot, value)
    select sha256('p'), convert_to('x' || i, 'UTF8'), sha256(sha256('p') || convert_to('o' || i / ${each}, 'UTF8')), gen_random_uuid(),
      now() + interval '1 hour', 2000000000, 'v' from generate_series(0, ${OTHERS - 1}) as i`)
}

describe('the plans of the statements', () => {
  it('list what an owner has by the index, in time that does not depend on what others have', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 1 })
    await migrate(pool, { schema })
    const store = postgres.store({ schema, pool })
    // The plans are made, and kept, while there is next to nothing and the statistics say so.
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG, owner: 'another' }])
    await postgres.sql(`alter table ${schema}.entries set (autovacuum_enabled = off)`)
    await postgres.sql(`vacuum analyze ${schema}.entries`)
    for (let i = 0; i < 8; i++) await store.listOwned('p', 'o7')
    await fill(schema, 10)
    const listed = await store.listOwned('p', 'o7')
    expect(listed.map(({ id, value }) => [id, text(value)])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`x${70 + i}`, 'v']),
    )
    const first = await readsOf(pool, schema, 'entries', `select * from ${schema}.list_owned('p', 'o7', null, 100)`)
    expect(first).toMatchObject({ scans: 0, fetched: 10 })
    const next = await readsOf(pool, schema, 'entries', `select * from ${schema}.list_owned('p', 'o7', 'x75', 3)`)
    expect(next).toMatchObject({ scans: 0, fetched: 3 })
  })
})
