import { createEnvironment, REVOCATION_MARGIN } from '@sallyport/core'
import { createPostgresStore } from '@sallyport/store-postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, server, text } from './support.ts'

const postgres = server()

/** A copy of all tables, and what puts it back: as a backup does, or a standby that had not received everything. */
async function backup(schema: string): Promise<() => Promise<void>> {
  const tables = ['logs', 'records', 'entries', 'counters', 'generation']
  const copy = postgres.schema()
  await postgres.sql(`create schema ${copy}`)
  for (const table of tables) await postgres.sql(`create table ${copy}.${table} as table ${schema}.${table}`)
  return async () => {
    const restore = tables.map(
      (one) => `delete from ${schema}.${one}; insert into ${schema}.${one} table ${copy}.${one}`,
    )
    await postgres.sql(`begin; ${restore.join(';')}; commit`)
  }
}

describe('a log', () => {
  it('shows no record before those that are under way, however long they take', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema, timeout: 10_000 })
    await store.append('log', bytes('first'), { ttl: LONG })
    const slow = await postgres.pool({ max: 1 }).connect()
    await slow.query('begin')
    await slow.query(`select ${schema}.append(1000, 'log', 'second', 3600000)`)
    // It has its number and is not committed: the next waits, and nobody sees a gap.
    const third = store.append('log', bytes('third'), { ttl: LONG })
    for (let i = 0; i < 5; i++) expect((await store.readSince('log', 0)).last).toBe(1)
    await slow.query('commit')
    slow.release()
    expect(await third).toBe(3)
    const { records } = await store.readSince('log', 0)
    expect(records.map(({ index, value }) => [index, text(value)])).toEqual([
      [1, 'first'],
      [2, 'second'],
      [3, 'third'],
    ])
  })

  it('gives the number again of an append that did not happen', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.append('log', bytes('first'), { ttl: LONG })
    const failing = await postgres.pool({ max: 1 }).connect()
    await failing.query('begin')
    await failing.query(`select ${schema}.append(1000, 'log', 'never', 3600000)`)
    await failing.query('rollback')
    failing.release()
    expect(await store.append('log', bytes('second'), { ttl: LONG })).toBe(2)
    expect((await store.readSince('log', 0)).records).toHaveLength(2)
  })

  it('waits for nobody who appends to another log', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.generation()
    const slow = await postgres.pool({ max: 1 }).connect()
    await slow.query('begin')
    await slow.query(`select ${schema}.append(1000, 'one', 'r', 3600000)`)
    expect(await store.append('two', bytes('r'), { ttl: LONG })).toBe(1)
    await slow.query('rollback')
    slow.release()
  })
})

describe('a server that has lost what it acknowledged', () => {
  it('has another generation for who has read further than it goes', async () => {
    const schema = postgres.schema()
    const writer = postgres.store({ schema })
    const reader = postgres.store({ schema })
    await writer.append('log', bytes('kept'), { ttl: LONG })
    const restore = await backup(schema)
    await writer.append('log', bytes('lost'), { ttl: LONG })
    const before = await reader.readSince('log', 0)
    await restore()
    const after = await reader.readSince('log', before.last)
    expect(after.generation).not.toBe(before.generation)
    expect(after.last).toBe(1)
    const born = await reader.generation()
    expect(born.id).toBe(after.generation)
    // All that was issued until the loss was noticed is in doubt.
    const [[now]] = (await postgres.sql('select extract(epoch from clock_timestamp())::float8 * 1000')) as [[number]]
    expect(born.since).toBeLessThanOrEqual(now)
    expect(born.since).toBeGreaterThan(now - 10_000)
  })

  it('has another generation for who has appended, though nobody has read it', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const { id } = await store.generation()
    const restore = await backup(schema)
    await store.append('log', bytes('lost'), { ttl: LONG })
    await restore()
    expect((await store.readSince('log', 0)).generation).not.toBe(id)
  })

  it('is found out too when as much was appended again meanwhile', async () => {
    const schema = postgres.schema()
    const reader = postgres.store({ schema })
    await reader.generation()
    const restore = await backup(schema)
    await reader.append('log', bytes('lost'), { ttl: LONG })
    const before = await reader.readSince('log', 0)
    await restore()
    const newcomer = postgres.store({ schema })
    for (const value of ['other', 'more']) await newcomer.append('log', bytes(value), { ttl: LONG })
    const after = await reader.readSince('log', before.last)
    expect(after.generation).not.toBe(before.generation)
    expect(after.last).toBe(2)
  })

  it('begins anew once for one loss, however many notice it at once', async () => {
    const schema = postgres.schema()
    const readers = Array.from({ length: 6 }, () => postgres.store({ schema }))
    await readers[0]!.generation()
    const restore = await backup(schema)
    await readers[0]!.append('log', bytes('lost'), { ttl: LONG })
    await Promise.all(readers.map((reader) => reader.readSince('log', 0)))
    await restore()
    const pages = await Promise.all(
      readers.flatMap((reader) => [reader.readSince('log', 1), reader.readSince('log', 1)]),
    )
    const generations = new Set(pages.map(({ generation }) => generation))
    expect(generations.size).toBe(1)
    const again = await Promise.all(readers.map((reader) => reader.readSince('log', 0)))
    expect(new Set(again.map(({ generation }) => generation))).toEqual(generations)
  })

  it('keeps its generation for who knows nothing that is missing', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    for (const ttl of [1, LONG, 1]) await store.append('log', bytes('r'), { ttl })
    const before = await store.readSince('log', 0)
    await expect.poll(async () => (await store.readSince('log', 0)).records.length).toBe(1)
    await store.cleanup()
    // Also when the last record it has seen was removed long ago.
    await postgres.sql(`delete from ${schema}.records`)
    for (const after of [0, 1, 3, 99]) expect((await store.readSince('log', after)).generation).toBe(before.generation)
    expect((await postgres.store({ schema }).readSince('log', 0)).generation).toBe(before.generation)
    expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(4)
  })

  it('can be told to begin anew by whoever restored a backup', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const { id } = await store.generation()
    await postgres.sql(`select ${schema}.new_generation()`)
    expect((await store.generation()).id).not.toBe(id)
  })

  it('has every credential refused that may have been revoked', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool()
    const env = createEnvironment({
      store: createPostgresStore({ pool, schema, timeout: 10_000 }),
      storeDeadline: 10_000,
      revocationPollInterval: 50,
    })
    onTestFinished(() => env.close())
    await env.revocations.ready()
    const restore = await backup(schema)
    const issuedAt = Math.floor(Date.now() / 1000)
    const expiresAt = issuedAt + REVOCATION_MARGIN + 600
    await env.revocations.revoke({ kind: 'session', issuer: 'i', id: 's', expiresAt, reason: 'logout' })
    const { version } = env.revocations
    await restore()
    await expect.poll(() => env.revocations.version, { timeout: 5000 }).toBeGreaterThan(version)
    const principal = {
      issuer: 'i',
      subject: 'u',
      roles: [],
      amr: [],
      credential: { kind: 'session', ambient: true, issuedAt },
    } as const
    expect(env.revocations.find(principal)?.reason).toContain('was lost')
  })
})
