import { createTestClock } from '@sallyport/core/testing'
import { createPostgresStore, migrate } from '@sallyport/store-postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, server, text } from './support.ts'

const postgres = server()

/** Rows of a table, also of what has expired. */
async function rowsOf(schema: string, table: string): Promise<number> {
  const [[count]] = (await postgres.sql(`select count(*)::int from ${schema}.${table}`)) as [[number]]
  return count
}

/** Entries, counters and records that ended days ago. */
async function expired(schema: string, count: number): Promise<void> {
  const ended = `now() - interval '3 days', extract(epoch from now() - interval '2 days') / 900`
  await postgres.sql(`
    insert into ${schema}.entries (partition_hash, id, version, expires_at, slot, value)
      select 'p', int4send(i), gen_random_uuid(), ${ended}, 'v' from generate_series(1, ${count}) i;
    insert into ${schema}.counters (partition_hash, id, total, expires_at, slot)
      select 'p', int4send(i), 1, ${ended} from generate_series(1, ${count}) i;
    insert into ${schema}.records (log_hash, index, tag, expires_at, slot, value)
      select 'l', i, gen_random_uuid(), ${ended}, 'v' from generate_series(1, ${count}) i`)
}

describe('cleanup', () => {
  it('removes all that has expired, in as many batches as it takes, and answers how much that was', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.commit('p', [{ put: 'lives', value: bytes('v'), ttl: LONG }])
    await expired(schema, 2500)
    expect(await store.cleanup()).toBe(7500)
    expect(await store.cleanup()).toBe(0)
    expect([await rowsOf(schema, 'entries'), await rowsOf(schema, 'counters')]).toEqual([1, 0])
  })

  it('removes what has expired a moment ago, but for records, which are witnesses for a day', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: 1 }])
    await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: 1 })
    await store.append('log', bytes('r'), { ttl: 1 })
    await expect.poll(() => store.cleanup().then(() => rowsOf(schema, 'entries'))).toBe(0)
    await expect.poll(() => store.cleanup().then(() => rowsOf(schema, 'counters'))).toBe(0)
    expect(await rowsOf(schema, 'records')).toBe(1)
    expect((await store.readSince('log', 0)).records).toEqual([])
    await postgres.sql(`update ${schema}.records set slot = slot - 97`)
    expect(await store.cleanup()).toBe(1)
    expect((await store.readSince('log', 0)).last).toBe(1)
  })

  it('passes over what somebody is changing', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.generation()
    await expired(schema, 10)
    const holder = await postgres.pool({ max: 1 }).connect()
    onTestFinished(() => holder.release(true))
    await holder.query('begin')
    await holder.query(`select from ${schema}.entries limit 3 for update`)
    expect(await store.cleanup()).toBe(27)
    await holder.query('rollback')
    expect(await store.cleanup()).toBe(3)
  })

  it('shares the work with whoever cleans up at the same time', async () => {
    const schema = postgres.schema()
    const stores = [postgres.store({ schema }), postgres.store({ schema }), postgres.store({ schema })]
    await stores[0]!.generation()
    await expired(schema, 3000)
    const removed = await Promise.all(stores.map((store) => store.cleanup()))
    expect(removed.reduce((sum, one) => sum + one, 0)).toBe(9000)
  })
})

// The clock that is turned for the sweep is the one that ends calls: they have more time than it is turned.
describe('the sweep', () => {
  it('runs from time to time, once the store is used, until it is closed', async () => {
    const schema = postgres.schema()
    const clock = createTestClock()
    const store = postgres.store({ schema, clock, timeout: 60_000, sweepInterval: 10_000 })
    await clock.advance(60_000)
    await store.generation()
    await expired(schema, 1500)
    await clock.advance(15_000)
    await expect.poll(() => rowsOf(schema, 'entries')).toBe(0)
    // Its next round is planned when the last one has ended.
    await expired(schema, 5)
    await expect
      .poll(async () => {
        await clock.advance(15_000)
        return rowsOf(schema, 'entries')
      })
      .toBe(0)
    await store.close()
    await expired(schema, 5)
    await clock.advance(60_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await rowsOf(schema, 'entries')).toBe(5)
  })

  it('is left to one node at a time', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 1 })
    await migrate(pool, { schema })
    await expired(schema, 1500)
    const other = await pool.connect()
    onTestFinished(() => other.release(true))
    await other.query('begin')
    // What another node does: it sweeps a batch, and has not come to the end of it.
    const { rows } = await other.query(`select ${schema}.sweep(1000, false, true) as removed`)
    expect(rows).toEqual([{ removed: '3000' }])
    const clock = createTestClock()
    const store = postgres.store({ schema, clock, timeout: 60_000, sweepInterval: 10_000 })
    await store.generation()
    await clock.advance(15_000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await other.query('commit')
    expect(await rowsOf(schema, 'entries')).toBe(500)
  })

  it('that fails is tried again', async () => {
    const schema = postgres.schema()
    const clock = createTestClock()
    const store = postgres.store({ schema, clock, timeout: 60_000, sweepInterval: 10_000 })
    await store.generation()
    await expired(schema, 5)
    await postgres.sql(`alter table ${schema}.counters rename to elsewhere`)
    await clock.advance(15_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await rowsOf(schema, 'entries')).toBe(5)
    await postgres.sql(`alter table ${schema}.elsewhere rename to counters`)
    await expect
      .poll(async () => {
        await clock.advance(15_000)
        return rowsOf(schema, 'entries')
      })
      .toBe(0)
  })
})

describe('what has expired and lies there still', () => {
  it('is as if it had never been, for every call', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const [version] = (
      (await store.commit('p', [{ put: 'k', value: bytes('old'), ttl: LONG, owner: 'o' }])) as never as {
        versions: string[]
      }
    ).versions
    await store.increment({ partition: 'p', id: 'k' }, 5, { ttl: LONG })
    await store.append('log', bytes('r'), { ttl: LONG })
    for (const table of ['entries', 'counters', 'records']) {
      await postgres.sql(`update ${schema}.${table} set expires_at = now() - interval '1 second'`)
    }
    expect(await store.get({ partition: 'p', id: 'k' })).toBeUndefined()
    expect(await store.listOwned('p', 'o')).toEqual([])
    expect((await store.readSince('log', 0)).records).toEqual([])
    for (const condition of ['present', { version: version! }] as const) {
      const put = { put: 'k', value: bytes('new'), ttl: LONG, if: condition }
      expect(await store.commit('p', [put])).toEqual({ ok: false, failed: 0 })
      expect(await store.commit('p', [{ delete: 'k', if: condition }])).toEqual({ ok: false, failed: 0 })
    }
    expect(await store.commit('p', [{ put: 'k', value: bytes('new'), ttl: LONG, if: 'absent' }])).toMatchObject({
      ok: true,
    })
    expect(text((await store.get({ partition: 'p', id: 'k' }))?.value)).toBe('new')
    expect(await store.listOwned('p', 'o'), 'it has no owner').toEqual([])
    expect(await store.increment({ partition: 'p', id: 'k' }, 1, { ttl: LONG })).toBe(1)
  })
})

describe('an entry that is renewed all the time', () => {
  it('leaves nothing to clean up behind: its updates touch no index', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 1 })
    const store = createPostgresStore({ pool, schema })
    onTestFinished(() => store.close())
    const put = { put: 'session', value: bytes('v'.repeat(300)), ttl: LONG, owner: 'o' }
    for (let i = 0; i < 200; i++) {
      await store.commit('p', [put])
      await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })
    }
    const counters = `select relname, n_tup_upd::int, n_tup_hot_upd::int from pg_stat_user_tables
      where schemaname = $1 and relname in ('entries', 'counters') order by 1`
    // A connection hands in its counts when it comes to rest, once a second at most.
    await expect
      .poll(
        async () => {
          await pool.query('select 1')
          return (await postgres.sql(counters, [schema])).map(([, updates]) => updates)
        },
        { timeout: 15_000, interval: 200 },
      )
      .toEqual([199, 199])
    for (const [table, , hot] of await postgres.sql(counters, [schema])) {
      // All but those at a turn of the quarter of an hour, and those for which a page had no room left.
      expect(hot, String(table)).toBeGreaterThan(180)
    }
  })
})
