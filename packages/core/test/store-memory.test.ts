import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Put, Store } from '../src/store/contract.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

const value = new TextEncoder().encode('value')
const put = (id: string, more: Partial<Put> = {}): Put => ({ put: id, value, ttl: 10_000, ...more })
const full = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' } }

describe('a full memory store', () => {
  it('refuses more and forgets nothing', async () => {
    const store = createMemoryStore({ maxEntries: 16 })
    await fill(store, 15)
    await expect(store.commit('p', [put('one too many')])).rejects.toMatchObject(full)
    await expect(store.increment({ partition: 'p', id: 'n' }, 1, { ttl: 1000 })).rejects.toMatchObject(full)
    expect(await store.listOwned('p', 'o')).toHaveLength(15)
  })

  it('counts bytes, with names', async () => {
    const store = createMemoryStore({ maxBytes: 100_000 })
    await store.commit('p', [put('large', { value: new Uint8Array(80_000) })])
    await expect(store.commit('p', [put('another', { value: new Uint8Array(20_000) })])).rejects.toMatchObject(full)
    await expect(store.commit('p'.repeat(2000), fillers(5, { owner: 'o'.repeat(2000) }))).rejects.toMatchObject(full)
    expect(await store.get({ partition: 'p', id: 'another' })).toBeUndefined()
  })

  it('still changes, renews and removes what it has, and takes new in the place of what is removed in the same commit', async () => {
    const store = createMemoryStore({ maxEntries: 16 })
    await fill(store, 15)
    expect(await store.commit('p', [put('k0', { if: 'present' })])).toMatchObject({ ok: true })
    expect(await store.commit('p', [{ delete: 'k1' }, put('new')])).toMatchObject({ ok: true })
    expect(await store.commit('p', [{ delete: 'k2' }])).toMatchObject({ ok: true })
    expect(await store.commit('p', [put('newer')])).toMatchObject({ ok: true })
    await expect(store.commit('p', [put('one too many')])).rejects.toMatchObject(full)
  })

  it('applies nothing of a commit for which there is no room', async () => {
    const store = createMemoryStore({ maxEntries: 16 })
    await fill(store, 14)
    await expect(store.commit('p', [{ delete: 'k0' }, put('a'), put('b'), put('c')])).rejects.toMatchObject(full)
    expect(await store.get({ partition: 'p', id: 'k0' })).toBeDefined()
    expect(await store.get({ partition: 'p', id: 'a' })).toBeUndefined()
  })

  it('makes room of what has expired', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock, maxEntries: 160 })
    await fill(store, 150)
    await clock.advance(10_000)
    const taken = await store.commit('p', fillers(150, { owner: 'new' }))
    expect(taken).toMatchObject({ ok: true })
    expect(await store.listOwned('p', 'new', { limit: 1000 })).toHaveLength(150)
  })

  it('makes room for one large value of many small ones that have expired', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock, maxBytes: 200_000 })
    await fill(store, 100)
    await clock.advance(10_000)
    expect(await store.commit('p', [put('large', { value: new Uint8Array(150_000) })])).toMatchObject({ ok: true })
    expect(
      await store.commit('p', [put('large', { value: new Uint8Array(160_000) })]),
      'in its own place',
    ).toMatchObject({
      ok: true,
    })
  })

  it('can still record a revocation: a sixteenth of the room is for logs', async () => {
    const store = createMemoryStore({ maxEntries: 32 })
    await fill(store, 30)
    await expect(store.commit('p', [put('one too many')])).rejects.toMatchObject(full)
    expect(await store.append('log', value, { ttl: 1000 })).toBe(1)
    await expect(store.append('log', value, { ttl: 1000 })).rejects.toMatchObject(full)
  })

  it('says nothing of what it holds', async () => {
    const store = createMemoryStore({ maxEntries: 1 })
    const refusal = await store.commit('secret-partition', [put('secret-id')]).catch((error: unknown) => error as Error)
    expect((refusal as Error).message).not.toContain('secret')
  })
})

describe('what has ended in a memory store', () => {
  it('is counted by cleanup: entries, counters and records', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock })
    await fill(store, 3)
    await store.commit('p', [put('lives', { ttl: 20_000 })])
    await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: 10_000 })
    await store.append('log', value, { ttl: 10_000 })
    expect(await store.cleanup()).toBe(0)
    await clock.advance(10_000)
    expect(await store.cleanup()).toBe(5)
    expect(await store.cleanup()).toBe(0)
  })

  it('is cleaned up in batches, with all of it gone in the end', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock })
    for (let i = 0; i < 13; i++) await store.commit(`p${String(i)}`, fillers(1000))
    await clock.advance(10_000)
    expect(await store.cleanup()).toBe(13_000)
  })

  it('takes nothing with it that was made anew under its name', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock })
    const count = (i: number, by: number) =>
      store.increment({ partition: 'p', id: `n${String(i)}` }, by, { ttl: 10_000 })
    await fill(store, 200)
    for (let i = 0; i < 200; i++) await count(i, 5)
    await clock.advance(10_000)
    for (let i = 0; i < 200; i++) {
      await store.commit('p', [put(`k${String(i)}`, { owner: 'new' })])
      expect(await count(i, 1)).toBe(1)
    }
    await store.cleanup()
    expect(await store.listOwned('p', 'new', { limit: 1000 })).toHaveLength(200)
    expect(await store.listOwned('p', 'o')).toEqual([])
    for (let i = 0; i < 200; i++) expect(await count(i, 1)).toBe(2)
  })

  it('leaves as the store is used', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock })
    await fill(store, 100)
    await clock.advance(10_000)
    for (let i = 0; i < 30; i++) await store.commit('q', [put('same')])
    expect(await store.cleanup(), 'nothing is left for it to do').toBe(0)
  })

  it('leaves as the store is used: renewing for ever never fills it', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock, maxEntries: 64 })
    for (let i = 0; i < 2000; i++) {
      await store.commit(`p${String(i)}`, [put('k', { ttl: 10, owner: `o${String(i)}` })])
      await store.commit('p', [put('same', { ttl: 100_000 + (i % 7) })])
      await store.append('log', value, { ttl: 10 })
      clock.set(clock.now() + 1)
    }
    expect(await store.get({ partition: 'p', id: 'same' })).toBeDefined()
  })

  it('is not held by one record of the log that lives longer', async () => {
    const clock = createTestClock()
    const store = createMemoryStore({ clock, maxEntries: 64 })
    await store.append('log', value, { ttl: 1_000_000 })
    for (let i = 0; i < 1000; i++) {
      await store.append('log', value, { ttl: 10 })
      clock.set(clock.now() + 1)
    }
    await store.append('log', value, { ttl: 1_000_000 })
    clock.set(clock.now() + 10)
    const { records, last } = await store.readSince('log', 0)
    expect(records.map(({ index }) => index)).toEqual([1, 1002])
    expect(last).toBe(1002)
  })
})

describe('createMemoryStore', () => {
  it('begins a new generation with each store, born now', async () => {
    const clock = createTestClock(5000)
    const [one, two] = [
      await createMemoryStore({ clock }).generation(),
      await createMemoryStore({ clock }).generation(),
    ]
    expect(one.since).toBe(5000)
    expect(one.id).not.toBe(two.id)
  })

  it('gives versions that no other store gives', async () => {
    const [one, two] = [createMemoryStore(), createMemoryStore()]
    await two.commit('p', [put('k')])
    const made = await one.commit('p', [put('k')])
    const version = made.ok ? made.versions[0]! : ''
    expect(await two.commit('p', [put('k', { if: { version } })])).toEqual({ ok: false, failed: 0 })
  })

  it('hints once at many appends, later and not in their course', async () => {
    const store = createMemoryStore()
    let hints = 0
    await store.subscribe('log', () => void hints++)
    await Promise.all(Array.from({ length: 50 }, () => store.append('log', value, { ttl: 1000 })))
    expect(hints).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(hints).toBe(1)
  })

  it('refuses an increment past what a number can say exactly, and keeps the count', async () => {
    const store = createMemoryStore()
    const key = { partition: 'p', id: 'n' }
    await store.increment(key, Number.MAX_SAFE_INTEGER, { ttl: 1000 })
    await expect(store.increment(key, 1, { ttl: 1000 })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    expect(await store.increment(key, 0, { ttl: 1000 })).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('names the wrong part of a call, not the id that it was called with', async () => {
    const store = createMemoryStore()
    const wrong = store.commit('p', [put('\ud800 secret', { ttl: 1 })])
    await expect(wrong).rejects.toThrow(
      /store\.commit: option `put` was a string that is not shown; accepted is a string of at most/,
    )
    await expect(store.commit('p', [put('k', { ttl: 0 })])).rejects.toThrow(
      'option `ttl` was 0; accepted is a number of milliseconds from 1',
    )
  })

  it('refuses wrong options', () => {
    expect(() => createMemoryStore({ maxEntires: 5 } as never)).toThrow('did you mean `maxEntries`')
    expect(() => createMemoryStore({ maxBytes: -1 })).toThrow('option `maxBytes` was -1')
  })

  it('lets the process end', async () => {
    const core = new URL('../dist/index.js', import.meta.url).href
    const program = `
      const { createEnvironment } = await import(${JSON.stringify(core)})
      const { store, revocations } = createEnvironment()
      await revocations.ready()
      await store.commit('p', [{ put: 'k', value: new Uint8Array(1), ttl: 3_600_000 }])
      await store.subscribe('log', () => {})
      void store.append('log', new Uint8Array(1), { ttl: 3_600_000 })
      console.log('done')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(stdout).toBe('done\n')
  })
})

function fillers(count: number, more: Partial<Put> = {}): Put[] {
  return Array.from({ length: count }, (_, i) => put(`k${String(i)}`, more))
}

async function fill(store: Store, count: number): Promise<void> {
  expect(await store.commit('p', fillers(count, { owner: 'o' }))).toMatchObject({ ok: true })
}
