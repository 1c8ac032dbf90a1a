import { randomBytes } from 'node:crypto'
import { migrate } from '@sallyport/store-postgres'
import type { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, server, text } from './support.ts'

const postgres = server()

/** A role that may log in and nothing else. */
async function newRole(): Promise<{ name: string; pool: Pool }> {
  const name = `r_${randomBytes(6).toString('hex')}`
  await postgres.sql(`create role ${name} login`)
  onTestFinished(async () => {
    await postgres.sql(`drop owned by ${name}`)
    await postgres.sql(`drop role ${name}`)
  })
  const url = new URL(postgres.url)
  url.username = name
  url.password = ''
  return { name, pool: postgres.pool({ connectionString: url.href }) }
}

describe('the role that the app logs in with', () => {
  it('does everything that the store does with nothing but what `grantTo` gives', async () => {
    const { name, pool } = await newRole()
    const schema = postgres.schema()
    await migrate(postgres.pool(), { schema, grantTo: name })
    const store = postgres.store({ schema, pool, migrate: false })
    let hints = 0
    const cancel = await store.subscribe('log', () => void hints++)
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG, owner: 'o', if: 'absent' }])
    expect(text((await store.get({ partition: 'p', id: 'k' }))?.value)).toBe('v')
    expect(await store.listOwned('p', 'o')).toHaveLength(1)
    expect(await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })).toBe(1)
    expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
    expect((await store.readSince('log', 0)).records).toHaveLength(1)
    expect((await store.generation()).id).toMatch(/./)
    expect(await store.cleanup()).toBe(0)
    await expect.poll(() => hints).toBeGreaterThan(0)
    cancel()
  })

  it('can neither read nor change the tables: who runs statements in its name revokes no revocation', async () => {
    const { name, pool } = await newRole()
    const schema = postgres.schema()
    await migrate(postgres.pool(), { schema, grantTo: name })
    for (const table of ['entries', 'counters', 'records', 'logs', 'generation', 'migrations']) {
      for (const statement of [`select from ${schema}.${table}`, `delete from ${schema}.${table}`]) {
        await expect(pool.query(statement), statement).rejects.toMatchObject({ code: '42501' })
      }
    }
    for (const call of ['new_generation()', 'begin_write(1)', `lock_entries('p', '{a}')`]) {
      await expect(pool.query(`select ${schema}.${call}`), call).rejects.toMatchObject({ code: '42501' })
    }
    await expect(pool.query(`create table ${schema}.mine ()`)).rejects.toMatchObject({ code: '42501' })
    await expect(pool.query(`drop schema ${schema} cascade`)).rejects.toMatchObject({ code: '42501' })
  })

  it('without the grant gets nothing, and is told why', async () => {
    const { pool } = await newRole()
    const schema = postgres.schema()
    await migrate(postgres.pool(), { schema })
    await expect(postgres.store({ schema, pool }).get({ partition: 'p', id: 'k' })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('lacks a privilege (42501)'),
      origin: { code: 'ERR_POSTGRES_DENIED' },
    })
  })

  it('that may not make a schema is told so, and makes none', async () => {
    const { pool } = await newRole()
    const schema = postgres.schema()
    await expect(postgres.store({ schema, pool }).get({ partition: 'p', id: 'k' })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('lacks a privilege (42501)'),
      origin: { code: 'ERR_POSTGRES_DENIED' },
    })
    await expect(migrate(pool, { schema })).rejects.toMatchObject({ origin: { code: 'ERR_POSTGRES_DENIED' } })
    expect(await postgres.sql('select to_regnamespace($1)', [schema])).toEqual([[null]])
  })

  it('may own a schema that was made for it, and migrate it by itself', async () => {
    const { name, pool } = await newRole()
    const schema = postgres.schema()
    await postgres.sql(`create schema ${schema} authorization ${name}`)
    const store = postgres.store({ schema, pool })
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG }])
    expect(text((await store.get({ partition: 'p', id: 'k' }))?.value)).toBe('v')
  })
})
