import { describe, expect, it } from 'vitest'
import { bytes, HOUR, openStore, put, read, refusalOf, startOther, tempPath } from './support.ts'

describe('two processes on one file', () => {
  it('give a single-use entry to one of 100 takers, again and again', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const others = await Promise.all([startOther(path), startOther(path)])
    for (let round = 0; round < 10; round++) {
      const id = `code-${round}`
      await store.commit('p', [put(id, 'v', { owner: 'o' })])
      const taken = await Promise.all(others.map((other) => other.ask<number>('take', { id, times: 50 })))
      expect(taken[0]! + taken[1]!).toBe(1)
      expect(await read(store, id)).toBeUndefined()
    }
    expect(await store.listOwned('p', 'o')).toEqual([])
  })

  it('append without a gap, and a third one who follows misses nothing', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const others = await Promise.all([startOther(path), startOther(path)])
    let writing = true
    const followed: number[] = []
    const following = (async () => {
      for (let idle = false; !idle;) {
        idle = !writing
        const { records } = await store.readSince('log', followed.at(-1) ?? 0)
        followed.push(...records.map(({ index }) => index))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const appended = await Promise.all(
      others.map((other, i) => other.ask<number[]>('append', { log: 'log', times: 200, atOnce: 10, name: `n${i}` })),
    )
    writing = false
    await following
    const all = Array.from({ length: 400 }, (_, i) => i + 1)
    expect(appended.flat().toSorted((a, b) => a - b)).toEqual(all)
    expect(followed).toEqual(all)
  })

  it('lose no increment', async () => {
    const path = await tempPath()
    const others = await Promise.all([startOther(path), startOther(path)])
    const counted = await Promise.all(others.map((other) => other.ask<number[]>('increment', { id: 'n', times: 100 })))
    expect(counted.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  })

  it('are one store: what one acknowledged the other one reads, with the same birth', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const born = await store.generation()
    const other = await startOther(path)
    await other.ask('put', { id: 'k', value: 'of the other one' })
    expect(await read(store, 'k')).toBe('of the other one')
    expect(await store.generation()).toEqual(born)
  })

  it('hint at what the other one appends', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const other = await startOther(path)
    const hinted = new Promise<void>((resolve) => void store.subscribe('log', resolve))
    await store.generation()
    await other.ask('append', { log: 'log', times: 1, atOnce: 1, name: 'n' })
    await hinted
    expect((await store.readSince('log', 0)).last).toBe(1)
  })

  it('do not hint at what is no append', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const other = await startOther(path)
    const hints: string[] = []
    await store.append('quiet', bytes('r'), { ttl: HOUR })
    await store.subscribe('quiet', () => hints.push('quiet'))
    // Of the two, the second comes later: when it is there the first one would be too.
    const hinted = new Promise<void>((resolve) => void store.subscribe('log', resolve))
    await other.ask('put', { id: 'k', value: 'v' })
    await other.ask('append', { log: 'log', times: 1, atOnce: 1, name: 'n' })
    await hinted
    hints.length = 0
    await other.ask('put', { id: 'k', value: 'w' })
    const again = new Promise<void>((resolve) => void store.subscribe('log', resolve))
    await other.ask('append', { log: 'log', times: 1, atOnce: 1, name: 'n' })
    await again
    expect(hints).toEqual([])
  })
})

describe('a process that keeps the write lock', () => {
  it('holds up neither the event loop nor reading, and what waited for it is done when it lets go', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.commit('p', [put('k', 'before')])
    const other = await startOther(path)
    await other.ask('hold')
    const order: string[] = []
    const written = store.commit('p', [put('k', 'after')]).then(() => order.push('written'))
    // Each a turn of the event loop.
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve))
      expect(await read(store, 'k')).toBe('before')
    }
    order.push('read')
    await other.ask('letGo')
    await written
    expect(order).toEqual(['read', 'written'])
    expect(await read(store, 'k')).toBe('after')
  })

  it('for too long makes a write fail, and nothing of it happens', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.commit('p', [put('k', 'before')])
    const other = await startOther(path)
    await other.ask('hold')
    expect(await refusalOf(store.commit('p', [put('k', 'refused')]))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_BUSY')
    await other.ask('letGo')
    expect(await read(store, 'k')).toBe('before')
    await store.commit('p', [put('k', 'after')])
    expect(await read(store, 'k')).toBe('after')
  })

  it('cannot make the queue grow without end', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.generation()
    const other = await startOther(path)
    await other.ask('hold')
    const increments = Array.from({ length: 12_000 }, () =>
      store.increment({ partition: 'p', id: 'n' }, 1, { ttl: HOUR }),
    )
    const large = new Uint8Array(1_048_576)
    const settled = Promise.allSettled(increments)
    expect(await refusalOf(store.commit('p', [{ put: 'k', value: large, ttl: HOUR }]))).toBe(
      '503 ERR_STORE_UNAVAILABLE ERR_SQLITE_OVERLOADED',
    )
    await other.ask('letGo')
    const counts = (await settled).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const refused = 12_000 - counts.length
    expect(refused).toBeGreaterThan(0)
    expect(await store.increment({ partition: 'p', id: 'n' }, 0, { ttl: HOUR })).toBeGreaterThanOrEqual(counts.length)
  })

  it('cannot make the memory of what waits grow without end', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.generation()
    const other = await startOther(path)
    await other.ask('hold')
    const value = new Uint8Array(4_194_304)
    const settled = Promise.all(
      Array.from({ length: 24 }, (_, i) => refusalOf(store.commit('p', [{ put: `k${i}`, value, ttl: HOUR }]))),
    )
    await other.ask('letGo')
    const refused = (await settled).filter((one) => one.endsWith('OVERLOADED'))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(20)
    expect(await store.get({ partition: 'p', id: 'k0' })).toBeDefined()
  })
})
