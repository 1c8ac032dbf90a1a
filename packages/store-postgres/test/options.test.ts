import { checkPostgres, createPostgresStore, migrate, type PostgresStoreOptions } from '@sallyport/store-postgres'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './support.ts'

// Never connects: what is wrong is told before.
const pool = new Pool({ connectionString: 'postgresql://nobody:secret@127.0.0.1:1/none' })

describe('createPostgresStore', () => {
  it('takes every option', async () => {
    const options: Required<Omit<PostgresStoreOptions, 'clock'>> = {
      pool,
      schema: 'a_1',
      migrate: false,
      timeout: 500,
      listen: { host: 'direct.example.com' },
      sweepInterval: 5000,
    }
    const store = createPostgresStore(options)
    expect(store).toMatchObject({ kind: 'postgres', durable: true })
    await store.close()
  })

  it('connects to nothing by being made', async () => {
    const store = createPostgresStore({ pool })
    expect(pool.totalCount).toBe(0)
    await store.close()
  })

  it.each<[string, object, string]>([
    ['no pool', {}, '`pool` was a undefined that is not shown'],
    ['a connection string for a pool', { pool: 'postgresql://u:secret@db/x' }, "a Pool of 'pg' 8"],
    ['a connection string for everything', 'postgresql://u:secret@db/x' as never, "a Pool of 'pg' 8"],
    ['an object that is no pool', { pool: {} }, "a Pool of 'pg' 8"],
    ['a near miss', { pool, shema: 'x' }, 'did you mean `schema`?'],
    ['a time of nothing', { pool, timeout: 0 }, 'a number of milliseconds from 10 to 60000'],
    ['a sweep all the time', { pool, sweepInterval: 1 }, 'a number of milliseconds from 1000'],
    ['a word for yes', { pool, migrate: 'yes' }, 'true or false'],
    ['true for how to listen', { pool, listen: true }, "options of `new Client()` of 'pg', or false"],
    ['a clock that only tells the time', { pool, clock: { now: () => 0 } }, 'a clock with now() and after()'],
    ['a schema that is no text', { pool, schema: 5 }, 'a name of at most 48 characters'],
  ])('refuses %s', (_, options, message) => {
    const refusal = refusalOf(() => createPostgresStore(options as PostgresStoreOptions))
    expect(refusal).toContain('ERR_OPTION createPostgresStore')
    expect(refusal).toContain(message)
    expect(refusal).not.toContain('secret')
  })

  it('refuses to listen through a pool that does not tell how it connects, and takes it where it need not', async () => {
    const wrapped = { connect: () => pool.connect(), on: () => undefined, options: {} }
    expect(refusalOf(() => createPostgresStore({ pool: wrapped }))).toContain('`listen`')
    await createPostgresStore({ pool: wrapped, listen: false }).close()
  })
})

describe('migrate and checkPostgres', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['no pool', () => migrate(undefined as never), 'migrate: option `pool`'],
    ['a near miss', () => migrate(pool, { grantsTo: 'x' } as never), 'did you mean `grantTo`?'],
    ['a role without a name', () => migrate(pool, { grantTo: '' }), 'the name of a role'],
    ['a role longer than PostgreSQL has', () => migrate(pool, { grantTo: 'ä'.repeat(32) }), 'at most 63 bytes'],
    ['no pool to check', () => checkPostgres('postgresql://' as never), 'checkPostgres: option `pool`'],
    ['a schema of the system', () => checkPostgres(pool, { schema: 'pg_catalog' }), 'a name of at most 48 characters'],
  ])('refuse %s', async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_OPTION', message: expect.stringContaining(message) })
  })
})
