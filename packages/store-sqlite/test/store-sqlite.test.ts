import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import type { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvironment } from '@sallyport/core'
import { createTestClock, testPrincipal } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeSqlite } from '../src/node-sqlite.ts'
import { openFile } from '../src/open.ts'
import { bytes, HOUR, openStore, put, read, refusalOf, tempPath } from './support.ts'

/** Asks the file itself, past the store. */
function bare(path: string, sql: string): unknown {
  const db = new (nodeSqlite()!.DatabaseSync)(path)
  try {
    return Object.values(db.prepare(sql).get() as object)[0]
  } finally {
    db.close()
  }
}

function change(path: string, sql: string): void {
  const db = new (nodeSqlite()!.DatabaseSync)(path)
  db.exec(sql)
  db.close()
}

/** The writing threads that are started from now on. */
function threads(): Worker[] {
  const started: Worker[] = []
  const note = (worker: Worker): void => void started.push(worker)
  process.on('worker', note)
  onTestFinished(() => void process.off('worker', note))
  return started
}

describe('createSqliteStore', () => {
  it('says what it is', async () => {
    expect(openStore(await tempPath())).toMatchObject({ kind: 'sqlite', durable: true })
  })

  it('writes through to the disk, by a WAL', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.generation()
    expect(bare(path, 'PRAGMA journal_mode')).toBe('wal')
    expect(bare(path, 'PRAGMA application_id')).toBe(0x53616c79)
    // A setting of the connection, which only the connection tells: 2 is FULL.
    const { db } = openFile(nodeSqlite()!, path, 0)
    onTestFinished(() => db.close())
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  })

  it('does what waits in one transaction', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.generation()
    const before = (await stat(`${path}-wal`)).size
    await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: HOUR })
    const one = (await stat(`${path}-wal`)).size - before
    await Promise.all(Array.from({ length: 100 }, () => store.increment({ partition: 'p', id: 'n' }, 1, { ttl: HOUR })))
    const hundred = (await stat(`${path}-wal`)).size - before - one
    // The first of them may go alone. Each transaction writes the pages that it changed.
    expect(hundred).toBeLessThan(4 * one)
  })

  it('undoes of what waits together only what fails', async () => {
    const store = openStore(await tempPath())
    const outcomes = await Promise.all([
      store.commit('p', [put('a', '1')]),
      store.commit('p', [put('b', '1'), put('c', '1', { if: 'present' })]),
      store.commit('p', [put('d', '1'), { delete: 'a', if: 'present' }]),
      store.commit('p', [
        { delete: 'd', if: 'present' },
        put('a', '2', { if: 'absent' }),
        put('e', '1', { if: 'present' }),
      ]),
    ])
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, false])
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => read(store, id)))).toEqual([
      undefined,
      undefined,
      undefined,
      '1',
      undefined,
    ])
  })

  it('keeps values of several megabytes, many at once', async () => {
    const store = openStore(await tempPath())
    const values = Array.from({ length: 6 }, (_, i) => new Uint8Array(3_000_000).fill(i + 1))
    await Promise.all(values.map((value, i) => store.commit('p', [{ put: `k${i}`, value, ttl: HOUR }])))
    for (const [i, value] of values.entries()) {
      const found = await store.get({ partition: 'p', id: `k${i}` })
      expect(Buffer.compare(found!.value, value)).toBe(0)
    }
    // The caller's own are still its own.
    expect(values.map(({ byteLength }) => byteLength)).toEqual(Array.from({ length: 6 }, () => 3_000_000))
  })

  it('takes of a view into a large memory only what it shows', async () => {
    const store = openStore(await tempPath())
    const memory = new Uint8Array(1_000_000).fill(7)
    await store.append('log', memory.subarray(10, 20), { ttl: HOUR })
    memory.fill(0)
    const { records } = await store.readSince('log', 0)
    expect([...records[0]!.value]).toEqual(Array.from({ length: 10 }, () => 7))
  })

  it('is behind an environment: what is revoked stays revoked after a restart', async () => {
    const path = await tempPath()
    const now = Math.floor(Date.now() / 1000)
    const first = createEnvironment({ store: openStore(path) })
    await first.revocations.ready()
    const token = {
      kind: 'token',
      issuer: 'https://id.example.com/',
      id: 'jti-1',
      expiresAt: now + 600,
      reason: 'test',
    } as const
    await first.revocations.revoke(token)
    await first.close()

    const second = createEnvironment({ store: openStore(path) })
    onTestFinished(() => second.close())
    await second.revocations.ready()
    const credential = { kind: 'bearer', id: token.id, ambient: false }
    expect(second.revocations.find(testPrincipal({ issuer: token.issuer, credential }))).toEqual(token)
  })
})

describe('the schema', () => {
  it('of a newer version is refused, and left as it is', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.commit('p', [put('k', 'v')])
    await store.close()
    change(path, 'PRAGMA user_version = 99')
    const again = openStore(path)
    for (const call of [() => again.get({ partition: 'p', id: 'k' }), () => again.commit('p', [put('k', 'w')])]) {
      expect(await refusalOf(call())).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_NEWER')
    }
    expect(bare(path, 'PRAGMA user_version')).toBe(99)
    change(path, 'PRAGMA user_version = 1')
    expect(await read(again, 'k')).toBe('v')
  })

  it('that a newer version brings under a running store is written to no more', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.commit('p', [put('k', 'v')])
    change(path, 'PRAGMA user_version = 2')
    expect(await refusalOf(store.commit('p', [put('k', 'w')]))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_NEWER')
    expect(await read(store, 'k')).toBe('v')
  })

  it.each([
    ['with tables', 'CREATE TABLE users (name TEXT)'],
    ['with a mark', 'PRAGMA application_id = 7'],
    ['with a version', 'PRAGMA user_version = 1; CREATE TABLE entries (id TEXT)'],
  ])('of another application, %s, is refused, and left as it is', async (_, sql) => {
    const path = await tempPath()
    change(path, sql)
    const before = await readFile(path)
    const store = openStore(path)
    expect(await refusalOf(store.commit('p', [put('k', 'v')]))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_FOREIGN')
    await store.close()
    expect((await readFile(path)).equals(before)).toBe(true)
  })
})

describe('what has ended', () => {
  const countAll =
    'SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM counters) + (SELECT count(*) FROM records)'

  it('leaves the file along with writes', async () => {
    const path = await tempPath()
    const clock = createTestClock()
    const store = openStore(path, { clock })
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        Promise.all([
          store.commit('p', [put(`k${i}`, 'v', { ttl: 1000, owner: 'o' })]),
          store.increment({ partition: 'p', id: `n${i}` }, 1, { ttl: 1000 }),
          store.append('log', bytes('r'), { ttl: 1000 }),
        ]),
      ),
    )
    expect(bare(path, countAll)).toBe(90)
    for (let i = 0; i < 40; i++) {
      await clock.advance(1000)
      await store.commit('p', [put('last', 'v')])
    }
    expect(bare(path, countAll)).toBe(1)
  })

  it('leaves the file when nothing is written, and the WAL shrinks to nothing', async () => {
    const path = await tempPath()
    const clock = createTestClock()
    const store = openStore(path, { clock })
    const changes = Array.from({ length: 500 }, (_, i) => put(`k${i}`, 'v', { ttl: 1000 }))
    for (let i = 0; i < 5; i++) await store.commit(`p${i}`, changes)
    expect(bare(path, countAll)).toBe(2500)
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0)
    while (bare(path, countAll) !== 0 || (await stat(`${path}-wal`)).size > 0) {
      await clock.advance(30_000)
      await sleep(1)
    }
    expect(await store.cleanup()).toBe(0)
  })

  it('is counted by cleanup()', async () => {
    const path = await tempPath()
    const clock = createTestClock()
    const store = openStore(path, { clock })
    const changes = Array.from({ length: 900 }, (_, i) => put(`k${i}`, 'v', { ttl: 1000 }))
    for (let i = 0; i < 3; i++) await store.commit(`p${i}`, changes)
    await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: 1000 })
    await store.append('log', bytes('r'), { ttl: 1000 })
    await store.commit('p', [put('stays', 'v')])
    await clock.advance(1000)
    expect(await store.cleanup()).toBe(2702)
    expect(await store.cleanup()).toBe(0)
    expect(bare(path, countAll)).toBe(1)
  })
})

describe('the writing thread', () => {
  it('is started again after it died, and who waited for it hears so', async () => {
    const started = threads()
    const store = openStore(await tempPath())
    await store.commit('p', [put('k', 'before')])
    const [thread] = started
    // Together with its death: it is done, or refused, and never left without an answer.
    const died = once(thread!, 'exit')
    const waiting = Array.from({ length: 20 }, (_, i) => refusalOf(store.commit('p', [put(`k${i}`, 'v')])))
    await thread!.terminate()
    await died
    for (const outcome of await Promise.all(waiting)) {
      expect(['not refused', '503 ERR_STORE_UNAVAILABLE ERR_SQLITE_THREAD']).toContain(outcome)
    }
    await store.commit('p', [put('k', 'after')])
    expect(await read(store, 'k')).toBe('after')
    expect(started).toHaveLength(2)
  })

  it('is not started for a store that is not used', async () => {
    const started = threads()
    const store = openStore(await tempPath())
    await store.close()
    expect(started).toEqual([])
  })

  it('ends with the store', async () => {
    const started = threads()
    const store = openStore(await tempPath())
    await store.generation()
    const ended = once(started[0]!, 'exit')
    await store.close()
    expect(await ended).toEqual([0])
  })
})
