import { createPostgresStore, migrate } from '@sallyport/store-postgres'
import { describe, expect, it } from 'vitest'
import { storeProcess } from './processes.ts'
import { bytes, LONG, server } from './support.ts'

const postgres = server()
const key = { partition: 'p', id: 'k' }

async function tablesOf(schema: string): Promise<unknown[]> {
  const rows = await postgres.sql(
    `select relname from pg_class where relnamespace = to_regnamespace('${schema}') and relkind = 'r' order by 1`,
  )
  return rows.flat()
}

describe('the schema', () => {
  it('is made with the first call, and once', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    expect(await tablesOf(schema)).toEqual([])
    await Promise.all(Array.from({ length: 8 }, () => store.get(key)))
    expect(await tablesOf(schema)).toEqual(['counters', 'entries', 'generation', 'logs', 'migrations', 'records'])
    expect(await postgres.sql(`select version from ${schema}.migrations`)).toEqual([[1]])
    expect(await migrate(postgres.pool(), { schema })).toEqual({ from: 1, to: 1 })
  })

  it('is made by one of several processes that start at once, as by migrate() as by the store', async () => {
    const schema = postgres.schema()
    const children = await Promise.all([1, 2, 3, 4].map(() => storeProcess(postgres.url, { schema })))
    const outcomes = await Promise.all(
      children.map((child, i) => child.run(i % 2 === 0 ? [['migrate', { schema }]] : [['generation'], ['get', key]])),
    )
    expect(outcomes.flat().map(({ failure }) => failure)).toEqual(Array.from({ length: 6 }))
    const ids = outcomes.flatMap(([first]) => (first!.answer as { id?: string }).id ?? [])
    expect(new Set(ids).size).toBe(1)
    expect(await postgres.sql(`select version from ${schema}.migrations`)).toEqual([[1]])
    expect(
      outcomes.flat().filter(({ answer }) => (answer as { from?: number })?.from === 0).length,
    ).toBeLessThanOrEqual(1)
  })

  it('that an administrator has made is filled', async () => {
    const schema = postgres.schema()
    await postgres.sql(`create schema ${schema}`)
    expect(await migrate(postgres.pool(), { schema })).toEqual({ from: 0, to: 1 })
  })

  it('of another application is left as it was: all of it or nothing', async () => {
    const schema = postgres.schema()
    await postgres.sql(`create schema ${schema}`)
    await postgres.sql(`create table ${schema}.records (mine integer)`)
    const refusal = { code: 'ERR_STORE_UNAVAILABLE', status: 503 }
    const pool = postgres.pool({ max: 1 })
    await expect(migrate(pool, { schema })).rejects.toMatchObject(refusal)
    expect((await pool.query('select 1 as one')).rows, 'the connection is as good as before').toEqual([{ one: 1 }])
    await expect(postgres.store({ schema }).get(key)).rejects.toMatchObject(refusal)
    expect(await tablesOf(schema)).toEqual(['records'])
  })

  it('of a newer version is refused, by name, by all who meet it', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool()
    await migrate(pool, { schema })
    await postgres.sql(`insert into ${schema}.migrations (version) values (99)`)
    const message = expect.stringContaining('has version 99, made by a newer @sallyport/store-postgres')
    const refusal = { code: 'ERR_STORE_UNAVAILABLE', status: 503, message, origin: { code: 'ERR_POSTGRES_SCHEMA' } }
    await expect(migrate(pool, { schema })).rejects.toMatchObject(refusal)
    await expect(postgres.store({ schema }).get(key)).rejects.toMatchObject(refusal)
  })

  it('is only looked at with `migrate: false`', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema, migrate: false })
    await expect(store.get(key)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('run migrate()'),
    })
    expect(await tablesOf(schema)).toEqual([])
    await migrate(postgres.pool(), { schema })
    // The same store: what failed is tried again with the next call.
    expect(await store.get(key)).toBeUndefined()
  })

  it('that is gone is made anew with the next call, as another generation', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const born = await store.generation()
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG }])
    await postgres.sql(`drop schema ${schema} cascade`)
    await expect(store.get(key)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    expect(await store.get(key)).toBeUndefined()
    const reborn = await store.generation()
    expect(reborn.id).not.toBe(born.id)
    expect(reborn.since).toBeGreaterThan(born.since)
  })

  it('is kept apart from another one on the same pool', async () => {
    const pool = postgres.pool()
    const [one, two] = [postgres.schema(), postgres.schema()].map((schema) => createPostgresStore({ pool, schema }))
    await one!.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG }])
    await one!.append('log', bytes('r'), { ttl: LONG })
    expect(await two!.get(key)).toBeUndefined()
    expect((await two!.readSince('log', 0)).last).toBe(0)
    await one!.close()
    await two!.close()
  })

  it('is made under whatever defaults the role has', async () => {
    const schema = postgres.schema()
    const options = '-c default_transaction_isolation=serializable -c search_path=nowhere -c synchronous_commit=off'
    expect(await migrate(postgres.pool({ options }), { schema })).toEqual({ from: 0, to: 1 })
  })
})
