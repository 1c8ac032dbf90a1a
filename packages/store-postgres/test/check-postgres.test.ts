import { checkPostgres, migrate } from '@sallyport/store-postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startPostgres } from '../../../test/servers/index.ts'
import { bytes, LONG, newPool, server } from './support.ts'

const postgres = server()

describe('checkPostgres', () => {
  it('has nothing to say of what is as it should be', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool()
    await migrate(pool, { schema })
    expect(await checkPostgres(pool, { schema })).toEqual([])
  })

  it.each<[string, 'error' | 'warning', string]>([
    ['-c default_transaction_isolation=serializable', 'error', 'default_transaction_isolation'],
    ['-c default_transaction_read_only=on', 'error', 'transaction_read_only'],
    ['-c synchronous_commit=off', 'warning', 'synchronous_commit'],
  ])('says what is wrong with %s', async (options, level, about) => {
    const schema = postgres.schema()
    await migrate(postgres.pool(), { schema })
    const findings = await checkPostgres(postgres.pool({ options }), { schema })
    expect(findings).toEqual([{ level, about, message: expect.stringMatching(/^[A-Z].{20}/) }])
  })

  it('says what is wrong with a server that forgets', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url)
    onTestFinished(() => pool.end())
    for (const setting of ['fsync', 'full_page_writes', 'autovacuum'])
      await pool.query(`alter system set ${setting} = off`)
    await pool.query('select pg_reload_conf()')
    await migrate(pool)
    const about = async () => (await checkPostgres(pool)).map((finding) => `${finding.level} ${finding.about}`)
    await expect.poll(about).toEqual(['error fsync', 'error full_page_writes', 'warning autovacuum'])
  })

  it('says that the schema is missing, and that it is of another version', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool()
    const found = async () =>
      (await checkPostgres(pool, { schema })).map(({ level, about, message }) => `${level} ${about} ${message}`)
    expect(await found()).toEqual([`error schema There is no schema ${schema} of this store: run migrate()`])
    await migrate(pool, { schema })
    await postgres.sql(`insert into ${schema}.migrations (version) values (7)`)
    expect(await found()).toEqual([
      expect.stringContaining('has version 7 and this package needs 1: update this package'),
    ])
  })

  it('says that the pool can wait for ever', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ connectionTimeoutMillis: 0 })
    await migrate(pool, { schema })
    expect(await checkPostgres(pool, { schema })).toMatchObject([
      { level: 'warning', about: 'connectionTimeoutMillis' },
    ])
  })

  it('rejects when there is nobody to ask', async () => {
    const pool = newPool('postgresql://nobody:secret@127.0.0.1:1/none')
    await expect(checkPostgres(pool)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
  })
})

describe('a store that begins on a server that forgets', () => {
  it('says so once, and works', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url)
    onTestFinished(() => pool.end())
    await pool.query('alter system set fsync = off')
    await pool.query('select pg_reload_conf()')
    await expect.poll(async () => (await pool.query(`show fsync`)).rows).toEqual([{ fsync: 'off' }])
    const warnings: string[] = []
    const listen = ({ message }: Error) => void warnings.push(message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const store = postgres.store({ pool, schema: 'sallyport' })
    for (let i = 0; i < 3; i++) await store.append('log', bytes('r'), { ttl: LONG })
    expect(warnings.filter((warning) => warning.includes('fsync'))).toHaveLength(1)
  })
})

describe('a server that acknowledges before it has written (`synchronous_commit = off`)', () => {
  it('writes first what the store changes', async () => {
    const schema = postgres.schema()
    await migrate(postgres.pool(), { schema })
    const client = await postgres.pool({ max: 1, options: '-c synchronous_commit=off' }).connect()
    onTestFinished(() => client.release(true))
    for (const change of [
      `commit(1000, 'p', '{a}', '{none}', '{v}', '{1000}', '{null}')`,
      `increment(1000, 'p', 'n', 1, 1000)`,
      `append(1000, 'l', 'r', 1000)`,
      `new_generation()`,
      `read_since('l', 0, 10, (select id::uuid from ${schema}.generation()), 99, null)`,
    ]) {
      await client.query('begin')
      await client.query(`select from ${schema}.${change}`)
      // What counts is what is set when the transaction is committed, after the function.
      expect((await client.query('show synchronous_commit')).rows, change).toEqual([{ synchronous_commit: 'on' }])
      await client.query('rollback')
    }
    expect((await client.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }])
  })
})
