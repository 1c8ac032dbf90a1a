import { runInNewContext } from 'node:vm'
import { coreError, errorsOf, SecurityError } from '@sallyport/core'
import { defineStore, type Change, type Store, type StoreDriver } from '@sallyport/core/store'
import { describe, expect, it } from 'vitest'

const key = { partition: 'p', id: 'k' }
const value = new Uint8Array([1])
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' }, expose: false }

/** A driver that writes down how it was called, and does what the test says. */
function scene(more: Partial<StoreDriver> = {}) {
  const calls: unknown[][] = []
  const noted =
    <T>(name: string, answer: T) =>
    (...given: unknown[]): Promise<T> => {
      calls.push([name, ...given])
      return Promise.resolve(answer)
    }
  const driver: StoreDriver = {
    kind: 'test',
    durable: true,
    generation: noted('generation', { id: 'g', since: 0 }),
    get: noted('get', undefined),
    commit: noted('commit', { ok: true, versions: [] } as const),
    increment: noted('increment', 1 as number | undefined),
    listOwned: noted('listOwned', []),
    append: noted('append', 1),
    readSince: noted('readSince', { generation: 'g', records: [], last: 0, more: false }),
    subscribe: noted('subscribe', () => undefined),
    cleanup: noted('cleanup', 0),
    close: noted('close', undefined),
    ...more,
  }
  return { calls, store: defineStore(driver) }
}

const methods: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  generation: (store) => store.generation(),
  get: (store) => store.get(key),
  commit: (store) => store.commit('p', []),
  increment: (store) => store.increment(key, 1, { ttl: 1000 }),
  listOwned: (store) => store.listOwned('p', 'o'),
  append: (store) => store.append('log', value, { ttl: 1000 }),
  readSince: (store) => store.readSince('log', 0),
  subscribe: (store) => store.subscribe('log', () => undefined),
  cleanup: (store) => store.cleanup(),
  close: (store) => store.close(),
}

describe('a driver is called', () => {
  it('with every default filled in', async () => {
    const { calls, store } = scene()
    await store.listOwned('p', 'o')
    await store.listOwned('p', 'o', { after: 'a', limit: 5 })
    await store.readSince('log', 3)
    await store.readSince('log', 3, { limit: 7 })
    expect(calls).toEqual([
      ['listOwned', 'p', 'o', undefined, 100],
      ['listOwned', 'p', 'o', 'a', 5],
      ['readSince', 'log', 3, 1000],
      ['readSince', 'log', 3, 7],
    ])
  })

  it('with lives in whole milliseconds, never shorter than asked', async () => {
    const { calls, store } = scene()
    const changes: Change[] = [{ put: 'a', value, ttl: 1.2 }, { put: 'b', value, ttl: 2, owner: 'o' }, { delete: 'c' }]
    await store.commit('p', changes)
    await store.increment(key, 1, { ttl: 99.5 })
    await store.append('log', value, { ttl: 1000.0001 })
    expect(calls).toEqual([
      ['commit', 'p', [{ put: 'a', value, ttl: 2 }, changes[1], changes[2]]],
      ['increment', key, 1, 100],
      ['append', 'log', value, 1001],
    ])
    expect(changes[0]).toEqual({ put: 'a', value, ttl: 1.2 })
  })

  it('never with what is wrong', async () => {
    const { calls, store } = scene()
    const wrong: Promise<unknown>[] = [
      store.get({ partition: 'p', id: '\ud800' }),
      store.commit('p', [{ put: 'k', value: 'text' as never, ttl: 1 }]),
      store.increment(key, 0.5, { ttl: 1 }),
      store.listOwned('p', 'o', { limit: 0 }),
      store.append('log', value, { ttl: 0 }),
      store.readSince('log', -1),
      store.subscribe('log', 'not a function' as never),
    ]
    for (const outcome of await Promise.allSettled(wrong)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_OPTION', status: 500 } })
    }
    expect(calls).toEqual([])
  })

  it('with bytes of another realm, as in a test runner’s sandbox', async () => {
    const { calls, store } = scene()
    const foreign = runInNewContext('new Uint8Array([1, 2])') as Uint8Array
    expect(foreign).not.toBeInstanceOf(Uint8Array)
    await store.append('log', foreign, { ttl: 1 })
    expect(calls).toHaveLength(1)
    for (const none of [
      runInNewContext('new Uint16Array(1)'),
      new DataView(new ArrayBuffer(1)),
      [1],
      new ArrayBuffer(1),
    ]) {
      await expect(store.append('log', none as never, { ttl: 1 })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    }
  })
})

describe('what a driver throws', () => {
  for (const [method, call] of Object.entries(methods)) {
    it(`at ${method} becomes 503 that names class and place, never the text`, async () => {
      for (const fail of [
        () => Promise.reject(Object.assign(new TypeError('redis://:hunter2@10.0.0.1'), { code: 'ECONNRESET' })),
        () => {
          throw Object.assign(new TypeError('redis://:hunter2@10.0.0.1'), { code: 'ECONNRESET' })
        },
      ]) {
        const refusal: unknown = await call(scene({ [method]: fail }).store).catch((error: unknown) => error)
        expect(refusal).toMatchObject({ ...unavailable, origin: { name: 'TypeError', code: 'ECONNRESET' } })
        expect(SecurityError.is(refusal)).toBe(true)
        expect(`${JSON.stringify(refusal)} ${(refusal as Error).stack ?? ''}`).not.toContain('hunter2')
      }
    })
  }

  it('is passed on when it is the error of a wrong call', async () => {
    const { store } = scene({ get: () => Promise.reject(coreError('ERR_OPTION', { message: 'wrong' })) })
    await expect(store.get(key)).rejects.toMatchObject({ code: 'ERR_OPTION', message: 'wrong' })
  })

  it('is told in its own words when it is a refusal of the store’s own, under the one code that callers know', async () => {
    const own = errorsOf({
      ERR_MINE_FULL: { status: 503, title: 'The disk is full' },
      ERR_MINE_LOGIN: { status: 401, title: 'No' },
    })
    const { store } = scene({
      get: () => Promise.reject(own('ERR_MINE_FULL')),
      commit: () => Promise.reject(own('ERR_MINE_LOGIN')),
    })
    const origin = { name: 'SecurityError', code: 'ERR_MINE_FULL' }
    await expect(store.get(key)).rejects.toMatchObject({ ...unavailable, message: 'The disk is full', origin })
    await expect(store.commit('p', [])).rejects.toMatchObject({ ...unavailable, message: 'The store failed at commit' })
  })

  it('is passed on when a store says it of itself', async () => {
    const full = coreError('ERR_STORE_UNAVAILABLE', { message: 'Redis has no memory left' })
    const { store } = scene({ get: () => Promise.reject(full) })
    await expect(store.get(key)).rejects.toMatchObject({ ...unavailable, message: 'Redis has no memory left' })
  })
})

describe('a defined store', () => {
  it('refuses an increment for which the driver has no number', async () => {
    const { store } = scene({ increment: () => Promise.resolve(undefined) })
    await expect(store.increment(key, 1, { ttl: 1 })).rejects.toThrow('keeps the counter a safe integer')
  })

  it('closes once, and refuses everything from the moment that it begins to close', async () => {
    let finish: (() => void) | undefined
    let closes = 0
    const { store, calls } = scene({
      close: () => {
        closes++
        return new Promise((resolve) => (finish = () => resolve()))
      },
    })
    const closing = [store.close(), store.close()]
    for (const [method, call] of Object.entries(methods)) {
      if (method !== 'close') await expect(call(store), method).rejects.toMatchObject(unavailable)
    }
    finish!()
    await Promise.all([...closing, store.close()])
    expect([closes, calls]).toEqual([1, []])
  })

  it('gives no hint after the end of a subscription, or of the store, whatever the driver does', async () => {
    let announce = (): void => undefined
    let cancelled = 0
    const { store } = scene({
      subscribe: (_, onHint) => {
        announce = onHint
        return Promise.resolve(() => void cancelled++)
      },
    })
    let hints = 0
    const cancel = await store.subscribe('log', () => void hints++)
    announce()
    cancel()
    cancel()
    announce()
    expect([hints, cancelled]).toEqual([1, 1])
    await store.subscribe('log', () => void hints++)
    await store.close()
    announce()
    expect(hints).toBe(1)
  })

  it('keeps what a subscriber throws from the driver, and says where it was', async () => {
    let announce = (): void => undefined
    const { store } = scene({
      subscribe: (_, onHint) => {
        announce = onHint
        return Promise.resolve(() => undefined)
      },
    })
    const warned = new Promise((resolve) => process.once('warning', resolve))
    await store.subscribe('log', () => {
      throw new RangeError('secret text')
    })
    expect(announce).not.toThrow()
    expect(String(await warned)).toMatch(/^SallyportWarning: A subscriber to a log threw RangeError at /)
  })

  it('is refused at construction when the driver lacks something', () => {
    expect(() => scene({ append: undefined as never })).toThrow(
      'defineStore: option `append` was undefined; accepted is a function',
    )
    expect(() => scene({ kind: 'My Store' })).toThrow('option `kind`')
    expect(() => defineStore(undefined as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
  })
})
