import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPostgres } from '@sallyport/store-postgres'
import { types } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startPostgres, startProxy } from '../../../test/servers/index.ts'
import { bytes, LONG, newPool, server, text } from './support.ts'
import { int32, message } from './transaction-pooler.ts'

const postgres = server()
const key = { partition: 'p', id: 'k' }
const put = { put: 'k', value: bytes('v'), ttl: LONG, owner: 'o' }
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': expect.any(String) } }

describe('the app’s pool', () => {
  it('is never ended, and is as good as before', async () => {
    const pool = postgres.pool()
    const store = postgres.store({ pool })
    await store.get(key)
    await store.close()
    expect([pool.ended, pool.ending, pool.waitingCount]).toEqual([false, false, 0])
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it('that waits for ever makes nobody else wait so: calls end in time, and few stand in its queue', async () => {
    const pool = postgres.pool({ max: 2, connectionTimeoutMillis: 0 })
    const store = postgres.store({ pool, timeout: 200 })
    await store.get(key)
    const held = [await pool.connect(), await pool.connect()]
    for (let wave = 0; wave < 3; wave++) {
      const calls = await Promise.allSettled(Array.from({ length: 50 }, () => store.get(key)))
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
      expect(pool.waitingCount).toBeLessThanOrEqual(2)
    }
    for (const client of held) client.release()
    expect(await store.get(key)).toBeUndefined()
    expect(pool.waitingCount).toBe(0)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it('gives nothing to a call that has given up: what was refused is not done later', async () => {
    const pool = postgres.pool({ max: 1, connectionTimeoutMillis: 0 })
    const store = postgres.store({ pool, timeout: 200 })
    await store.get(key)
    const held = await pool.connect()
    const calls = await Promise.allSettled(Array.from({ length: 5 }, () => store.commit('p', [put])))
    for (const call of calls) {
      const reason = { ...unavailable, origin: { code: 'ERR_POSTGRES_TIMEOUT' } }
      expect(call).toMatchObject({ status: 'rejected', reason })
    }
    held.release()
    for (let i = 0; i < 10; i++) expect(await store.get(key)).toBeUndefined()
  })

  it('that waits for ever for a silent network is in use again as soon as the network is back', async () => {
    const url = new URL(postgres.url)
    const proxy = await startProxy(Number(url.port || 5432))
    onTestFinished(() => proxy.stop())
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    const pool = postgres.pool({ connectionString: url.href, max: 2, connectionTimeoutMillis: 300 })
    const store = postgres.store({ pool, timeout: 200 })
    await store.commit('p', [put])
    proxy.halfOpen()
    for (let i = 0; i < 3; i++) {
      const calls = await Promise.allSettled(Array.from({ length: 10 }, () => store.get(key)))
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
    }
    proxy.heal()
    await expect.poll(async () => text((await store.get(key).catch(() => undefined))?.value)).toBe('v')
    expect(pool.totalCount).toBeLessThanOrEqual(2)
  })

  it('without a listener for errors ends no process when the server ends its connections', async () => {
    const schema = postgres.schema()
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('idle-child.mjs', import.meta.url)), postgres.url, schema],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    const said = async () => String((await once(child.stdout, 'data'))[0]).trim()
    const pids = JSON.parse(await said()) as number[]
    expect(pids).toHaveLength(3)
    for (const pid of pids) await postgres.sql('select pg_terminate_backend($1)', [pid])
    await expect.poll(() => postgres.sql('select pid from pg_stat_activity where pid = any($1)', [pids])).toEqual([])
    child.stdin.write('again\n')
    expect(await said()).toBe('alive')
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('is waited for with the bytes as they were when the call was made', async () => {
    const pool = postgres.pool({ max: 1 })
    const store = postgres.store({ pool })
    await store.get(key)
    const held = await pool.connect()
    const [value, record] = [bytes('as given'), bytes('as given')]
    const calls = [store.commit('p', [{ ...put, value }]), store.append('log', record, { ttl: LONG })]
    value.fill(0)
    record.fill(0)
    held.release()
    await Promise.all(calls)
    expect(text((await store.get(key))?.value)).toBe('as given')
    expect(text((await store.readSince('log', 0)).records[0]?.value)).toBe('as given')
  })

  it('ends no process when a connection is ended in the moment in which it is made', async () => {
    // Welcome and farewell in one piece, as from a server whose connections somebody terminates.
    const farewell = Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0')
    const brief = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.end(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I')), message('E', farewell)]))
      })
    }).listen(0, '127.0.0.1')
    await once(brief, 'listening')
    onTestFinished(() => void brief.close())
    const { port } = brief.address() as { port: number }
    const store = postgres.store({ pool: newPool(`postgresql://u@127.0.0.1:${port}/d`) })
    const calls = await Promise.allSettled(Array.from({ length: 10 }, () => store.get(key)))
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
  })

  it('gives a connection on which the app has left a transaction open: it is not used', async () => {
    const pool = postgres.pool({ max: 1 })
    const store = postgres.store({ pool })
    await store.get(key)
    const careless = await pool.connect()
    await careless.query('begin')
    careless.release()
    expect(await store.commit('p', [put])).toMatchObject({ ok: true })
    // Whoever looks from elsewhere sees it: it is committed.
    await pool.query('rollback')
    expect(text((await store.get(key))?.value)).toBe('v')
  })

  it('may read numbers, dates and bytes as the app likes', async () => {
    const odd = {
      getTypeParser: (oid: number) => (value: string) => (oid === types.builtins.TEXT ? value : Symbol('odd')),
    }
    const pool = postgres.pool({
      types: odd as never,
      options: '-c bytea_output=escape -c DateStyle=German -c lc_messages=C',
    })
    const store = postgres.store({ pool })
    const value = Uint8Array.from({ length: 256 }, (_, i) => i)
    await store.commit('p', [{ ...put, value }])
    expect((await store.get(key))?.value).toEqual(value)
    expect((await store.listOwned('p', 'o'))[0]?.value).toEqual(value)
    expect(await store.increment(key, 2 ** 50, { ttl: LONG })).toBe(2 ** 50)
    expect(await store.append('log', value, { ttl: LONG })).toBe(1)
    expect((await store.readSince('log', 0)).records).toEqual([{ index: 1, value }])
    expect((await store.generation()).since).toBeGreaterThan(1_700_000_000_000)
    expect(await store.cleanup()).toBe(0)
  })
})

describe('a call that fails', () => {
  it('says what an operator has to know, and nothing of the statement', async () => {
    const schema = postgres.schema()
    await postgres.store({ schema }).commit('p', [put])
    const cases: [string, string, RegExp][] = [
      ['-c default_transaction_read_only=on', 'ERR_POSTGRES_READ_ONLY', /read-only.*\(25006\)$/],
      ['-c default_transaction_isolation=serializable', 'ERR_POSTGRES_ISOLATION', /READ COMMITTED/],
      ['-c default_transaction_isolation=repeatable\\ read', 'ERR_POSTGRES_ISOLATION', /READ COMMITTED/],
    ]
    for (const [options, code, message] of cases) {
      const store = postgres.store({ schema, pool: postgres.pool({ options }) })
      const changes: Promise<unknown>[] = [
        store.commit('p', [{ ...put, if: 'absent' }]),
        store.increment(key, 1, { ttl: LONG }),
        store.append('log', bytes('r'), { ttl: LONG }),
      ]
      for (const change of await Promise.allSettled(changes)) {
        expect(change, options).toMatchObject({ status: 'rejected', reason: { ...unavailable, origin: { code } } })
        expect((change as PromiseRejectedResult).reason.message).toMatch(message)
      }
      expect(text((await store.get(key))?.value), 'reading goes on').toBe('v')
    }
  })

  it('says that there is no server, no such database and no such role', async () => {
    const gone = new URL(postgres.url)
    gone.hostname = '127.0.0.1'
    gone.port = '1'
    const elsewhere = new URL(postgres.url)
    elsewhere.pathname = '/nowhere'
    for (const [url, message] of [
      [gone, /^The connection to PostgreSQL failed or was lost \(ECONNREFUSED\)$/],
      [elsewhere, /^The connection to PostgreSQL failed or was lost \(3D000\)$/],
    ] as const) {
      const store = postgres.store({ pool: postgres.pool({ connectionString: url.href }) })
      const failure = await store.get(key).catch((thrown: unknown) => thrown)
      expect(failure).toMatchObject(unavailable)
      expect((failure as Error).message).toMatch(message)
      expect(JSON.stringify(failure)).not.toContain('nowhere')
    }
  })

  it('for want of a lock ends on the server as well, and keeps its connection', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 2 })
    const store = postgres.store({ schema, pool, timeout: 2000 })
    await store.commit('p', [put])
    const holder = await postgres.pool({ max: 1 }).connect()
    onTestFinished(() => holder.release(true))
    await holder.query('begin')
    await holder.query(`select version from ${schema}.entries for update`)
    const before = await postgres.sql('select count(*)::int from pg_stat_activity where wait_event_type = $1', ['Lock'])
    const calls = await Promise.allSettled(Array.from({ length: 6 }, () => store.commit('p', [put])))
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(calls[0]).toMatchObject({ reason: { origin: { code: 'ERR_POSTGRES_CONFLICT' } } })
    await expect
      .poll(() => postgres.sql('select count(*)::int from pg_stat_activity where wait_event_type = $1', ['Lock']), {
        timeout: 5000,
      })
      .toEqual(before)
    expect(text((await store.get(key))?.value)).toBe('v')
    await holder.query('rollback')
    expect(await store.commit('p', [put])).toMatchObject({ ok: true })
  })

  it('does not for want of a lock that comes in time', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema, timeout: 10_000 })
    await store.commit('p', [put])
    const holder = await postgres.pool({ max: 1 }).connect()
    onTestFinished(() => holder.release(true))
    await holder.query('begin')
    await holder.query(`select version from ${schema}.entries for update`)
    const waiting = store.commit('p', [put])
    await holder.query('select pg_sleep(1)')
    await holder.query('commit')
    expect(await waiting).toMatchObject({ ok: true })
  })

  it.each([
    [2, 'fulfilled'],
    [3, 'rejected'],
  ])('%i times for another’s sake, as in a deadlock, is %s', async (times, status) => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.generation()
    // A sequence is not rolled back.
    await postgres.sql(`
      create sequence ${schema}.attempts;
      create function ${schema}.give_way() returns trigger language plpgsql as $$ begin
        if nextval('${schema}.attempts') <= ${times} then raise exception using errcode = '40P01'; end if;
        return new;
      end $$;
      create trigger give_way before insert on ${schema}.entries for each row execute function ${schema}.give_way()`)
    const [call] = await Promise.allSettled([store.commit('p', [put])])
    expect(call.status).toBe(status)
    expect(await postgres.sql(`select last_value::int from ${schema}.attempts`)).toEqual([[3]])
  })

  it('because its connection is ended in the middle fails alone', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 2 })
    const store = postgres.store({ schema, pool, timeout: 5000 })
    await store.commit('p', [put])
    const holder = await postgres.pool({ max: 1 }).connect()
    onTestFinished(() => holder.release(true))
    await holder.query('begin')
    await holder.query(`select version from ${schema}.entries for update`)
    const cut = store.commit('p', [put]).catch((thrown: unknown) => thrown)
    const waiting = async () =>
      postgres.sql(
        `select pid from pg_stat_activity where query like '%${schema}%commit(%' and wait_event_type = 'Lock'`,
      )
    await expect.poll(waiting).toHaveLength(1)
    const [[pid]] = (await waiting()) as [[number]]
    await postgres.sql('select pg_terminate_backend($1)', [pid])
    expect(await cut).toMatchObject(unavailable)
    await holder.query('rollback')
    expect(await store.commit('p', [put])).toMatchObject({ ok: true })
  })
})

describe('a server that stands still', () => {
  it('holds no call and no connection, and is in use again when it goes on', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url, { max: 4, connectionTimeoutMillis: 500 })
    onTestFinished(() => pool.end())
    const store = postgres.store({ pool, schema: 'sallyport', timeout: 200 })
    await store.commit('p', [put])
    own.pause()
    for (let i = 0; i < 3; i++) {
      const calls = await Promise.allSettled(Array.from({ length: 20 }, () => store.get(key)))
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
    }
    own.resume()
    await expect.poll(async () => text((await store.get(key).catch(() => undefined))?.value)).toBe('v')
  })

  it('keeps what it has acknowledged through a crash, and nothing else changes', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url, { options: '-c synchronous_commit=off' })
    onTestFinished(() => pool.end())
    const store = postgres.store({ pool, schema: 'sallyport' })
    const born = await store.generation()
    for (let i = 0; i < 20; i++) {
      await store.commit('p', [{ ...put, put: `k${i}` }])
      await store.increment(key, 1, { ttl: LONG })
      await store.append('log', bytes('r'), { ttl: LONG })
    }
    // At once: what was not written then is lost.
    await own.kill('SIGKILL')
    await own.restart()
    await expect.poll(() => store.generation().catch(() => undefined), { timeout: 5000 }).toEqual(born)
    expect(await store.listOwned('p', 'o')).toHaveLength(20)
    expect(await store.increment(key, 0, { ttl: LONG })).toBe(20)
    expect(await store.readSince('log', 0)).toMatchObject({ generation: born.id, last: 20 })
  })

  it('that has become a standby answers nothing: what can be read there may be gone long since', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url)
    onTestFinished(() => pool.end())
    const store = postgres.store({ pool, schema: 'sallyport' })
    await store.commit('p', [put])
    const { rows } = await pool.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    writeFileSync(join(rows[0]!.folder, 'standby.signal'), '')
    await own.restart()
    await expect
      .poll(() =>
        pool.query('select 1').then(
          ({ rowCount }) => rowCount,
          () => 0,
        ),
      )
      .toBe(1)
    const calls: Promise<unknown>[] = [
      store.get(key),
      store.generation(),
      store.listOwned('p', 'o'),
      store.readSince('log', 0),
      store.commit('p', [{ ...put, if: 'absent' }]),
      store.increment(key, 1, { ttl: LONG }),
      store.append('log', bytes('r'), { ttl: LONG }),
      store.cleanup(),
      postgres.store({ pool, schema: 'sallyport' }).get(key),
    ]
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({
        status: 'rejected',
        reason: { ...unavailable, origin: { code: 'ERR_POSTGRES_READ_ONLY' } },
      })
    }
    expect((await checkPostgres(pool)).map(({ about }) => about)).toContain('transaction_read_only')
  })

  it('that comes back empty is another generation', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.stop())
    const pool = newPool(own.url)
    onTestFinished(() => pool.end())
    const store = postgres.store({ pool, schema: 'sallyport' })
    const born = await store.generation()
    await store.append('log', bytes('r'), { ttl: LONG })
    await own.restart({ empty: true })
    await expect
      .poll(async () => (await store.readSince('log', 0).catch(() => undefined))?.generation, { timeout: 5000 })
      .toEqual(expect.not.stringMatching(`^${born.id}$`))
    expect((await store.readSince('log', 0)).last).toBe(0)
  })
})
