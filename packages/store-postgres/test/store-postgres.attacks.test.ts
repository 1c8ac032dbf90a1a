import { checkPostgres, createPostgresStore, migrate } from '@sallyport/store-postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, refusalOf, server, text } from './support.ts'

const postgres = server()

const injections = [
  'x"; drop schema public cascade; --',
  'x"."y',
  "x'; select 1; --",
  'x; select 1',
  'x\0',
  'x\ny',
  'x y',
  'X',
  'ä',
  '',
  'public',
  'pg_temp',
  'pg_toast_1',
  'information_schema',
  '1x',
  'x'.repeat(49),
]

describe('an attack by a name', () => {
  it.each(injections)('of a schema (%j) is refused before anything is connected', async (schema) => {
    const pool = postgres.pool()
    expect(refusalOf(() => createPostgresStore({ pool, schema }))).toContain('ERR_OPTION')
    await expect(migrate(pool, { schema })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(checkPostgres(pool, { schema })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    expect(pool.totalCount).toBe(0)
  })

  it('of a role is a name and nothing else', async () => {
    const schema = postgres.schema()
    const role = 'x" , public; drop table pg_class; --'
    await postgres.sql(`create role "${role.replaceAll('"', '""')}"`)
    onTestFinished(async () => {
      await postgres.sql(`drop role "${role.replaceAll('"', '""')}"`)
    })
    await migrate(postgres.pool(), { schema, grantTo: role })
    const grantees = `select distinct pg_get_userbyid(a.grantee) from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = $1 and a.grantee <> n.nspowner`
    expect(await postgres.sql(grantees, [schema])).toEqual([[role]])
    await postgres.sql(`drop schema ${schema} cascade`)
  })

  it('of partitions, ids, owners and logs changes nothing but what it names', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const name = `'; drop schema ${schema} cascade; select '`
    await store.commit(name, [{ put: name, value: bytes(name), ttl: LONG, owner: name }])
    await store.append(name, bytes(name), { ttl: LONG })
    expect(await store.increment({ partition: name, id: name }, 1, { ttl: LONG })).toBe(1)
    expect((await store.listOwned(name, name)).map(({ id, value }) => [id, text(value)])).toEqual([[name, name]])
    expect((await store.readSince(name, 0)).records).toHaveLength(1)
    const forged = { if: { version: "00000000-0000-0000-0000-000000000000' or true --" } }
    expect(await store.commit(name, [{ delete: name, ...forged }])).toEqual({ ok: false, failed: 0 })
  })
})

describe('an attacker with a login of the database', () => {
  it('cannot have his own functions and operators called by the store, though they come first on its search path', async () => {
    const schema = postgres.schema()
    const trap = postgres.schema()
    await migrate(postgres.pool(), { schema })
    // What each function of the schema calls, of the same name, for the same types.
    await postgres.sql(`create schema ${trap}`)
    for (const [name, type] of [
      ['clock_timestamp()', 'timestamptz'],
      ['gen_random_uuid()', 'uuid'],
      ['encode(bytea, text)', 'text'],
      ['current_setting(text)', 'text'],
    ]) {
      await postgres.sql(
        `create function ${trap}.${name} returns ${type} language plpgsql as $$ begin raise 'trapped'; end $$`,
      )
    }
    await postgres.sql(
      `create function ${trap}.never(bytea, bytea) returns boolean language plpgsql as $$ begin raise 'trapped'; end $$`,
    )
    await postgres.sql(`create operator ${trap}.= (leftarg = bytea, rightarg = bytea, function = ${trap}.never)`)
    const pool = postgres.pool({ options: `-c search_path=${trap},pg_catalog` })
    const trapped = pool.query(`select 'a'::bytea = 'b'::bytea`)
    await expect(trapped).rejects.toThrow('trapped')
    const store = postgres.store({ schema, pool })
    await store.commit('p', [{ put: 'k', value: bytes('v'), ttl: LONG, owner: 'o', if: 'absent' }])
    expect(text((await store.get({ partition: 'p', id: 'k' }))?.value)).toBe('v')
    expect(await store.listOwned('p', 'o')).toHaveLength(1)
    expect(await store.increment({ partition: 'p', id: 'k' }, 2, { ttl: LONG })).toBe(2)
    expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
    expect((await store.readSince('log', 0)).records).toHaveLength(1)
    expect(await store.cleanup()).toBe(0)
  })

  it('gains nothing by announcing what never happened', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    let hints = 0
    const cancel = await store.subscribe('log', () => void hints++)
    for (const payload of ['', 'log', "'; drop", 'f'.repeat(7999), '__proto__']) {
      await postgres.sql('select pg_notify($1, $2)', [`sallyport:${schema}`, payload])
    }
    await store.append('log', bytes('r'), { ttl: LONG })
    await expect.poll(() => hints).toBeGreaterThan(0)
    expect(hints).toBe(1)
    cancel()
  })
})

describe('an error of the server', () => {
  it('takes nothing of what was asked along', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.generation()
    // As a broken index or a full disk would: the server's message repeats the values.
    await postgres.sql(`alter table ${schema}.entries add constraint broken check (length(value) > 1000)`)
    const secret = 'a-very-secret-token'
    const failure = await store
      .commit(secret, [{ put: secret, value: bytes(secret), ttl: LONG }])
      .catch((e: unknown) => e)
    expect(failure).toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      status: 503,
      expose: false,
      origin: { code: 'ERR_POSTGRES_FAILED' },
    })
    const told = JSON.stringify(Object.getOwnPropertyNames(failure).map((name) => (failure as never)[name]))
    for (const part of [secret, Buffer.from(secret).toString('hex'), 'insert', 'select', 'broken', 'entries']) {
      expect(told.toLowerCase()).not.toContain(part)
    }
  })
})
