import assert from 'node:assert/strict'
import { SecurityError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { storeLimits } from '../store/input.ts'
import { LONG, SHORT, atOnce, bytes, connections, idsOf, put, read, write, type Case } from './store-harness.ts'

const lone = '\ud800'
const value = bytes('v')
const key = { partition: 'p', id: 'k' }

const wrongCalls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'a life of 0': (store) => store.commit('p', [put('k', 'v', { ttl: 0 })]),
  'a life of NaN': (store) => store.commit('p', [put('k', 'v', { ttl: Number.NaN })]),
  'a life without end': (store) => store.commit('p', [put('k', 'v', { ttl: Infinity })]),
  'a life below 0': (store) => store.increment(key, 1, { ttl: -1 }),
  'a record without a life': (store) => store.append('log', value, { ttl: 0 }),
  'one id twice': (store) => store.commit('p', [put('k', 'v'), { delete: 'k' }]),
  'a wrong step after a right one': (store) => store.commit('p', [put('k', 'v'), put('l', 'v', { ttl: 0 })]),
  'too many steps': (store) =>
    store.commit(
      'p',
      Array.from({ length: storeLimits.changes + 1 }, (_, i) => put(`k${String(i)}`, 'v')),
    ),
  'a lone surrogate in a partition': (store) => store.commit(lone, [put('k', 'v')]),
  'a lone surrogate in an id': (store) => store.commit('p', [put(lone, 'v')]),
  'a lone surrogate in an owner': (store) => store.commit('p', [put('k', 'v', { owner: lone })]),
  'a lone surrogate in a log': (store) => store.append(lone, value, { ttl: LONG }),
  'a key too long': (store) => store.get({ partition: 'p', id: 'k'.repeat(storeLimits.id + 1) }),
  'a partition too long': (store) => store.get({ partition: 'p'.repeat(storeLimits.name + 1), id: 'k' }),
  'an increment that is not whole': (store) => store.increment(key, 0.5, { ttl: LONG }),
  'an increment that is not safe': (store) => store.increment(key, 2 ** 53, { ttl: LONG }),
  'a text as value': (store) => store.commit('p', [{ put: 'k', value: 'text' as never, ttl: LONG }]),
  'a condition that is none': (store) => store.commit('p', [put('k', 'v', { if: 'missing' as never })]),
  'a delete of what is absent': (store) => store.commit('p', [{ delete: 'k', if: 'absent' as never }]),
  'a subscriber that cannot be called': (store) => store.subscribe('log', undefined as never),
  'a page of nothing': (store) => store.listOwned('p', 'o', { limit: 0 }),
  'a page of half a record': (store) => store.readSince('log', 0, { limit: 0.5 }),
  'an index below 0': (store) => store.readSince('log', -1),
}

/** Birth, input, cleanup and end of a store. */
export const lifecycleCases: readonly Case[] = [
  {
    name: 'has one generation, the same on every connection and page, with a birth in the past',
    async body({ store, connect }) {
      const born = await store.generation()
      assert.match(born.id, /./)
      assert.ok(born.since > 0 && Number.isFinite(born.since))
      await store.append('log', value, { ttl: LONG })
      const other = await connect()
      assert.deepEqual(await other.generation(), born)
      assert.equal((await other.readSince('log', 0)).generation, born.id)
    },
  },
  {
    name: 'is born once, also when many ask at once who are the first',
    async body(scene) {
      const births = await atOnce(await connections(scene), 12, async (store, i) =>
        i % 2 === 0 ? (await store.generation()).id : (await store.readSince('log', 0)).generation,
      )
      assert.equal(new Set(births).size, 1)
    },
  },
  {
    name: 'says what it is',
    body({ store }) {
      assert.match(store.kind, /^[a-z][a-z0-9-]*$/)
      assert.equal(typeof store.durable, 'boolean')
      return Promise.resolve()
    },
  },
  {
    name: 'refuses a wrong call with ERR_OPTION, and nothing of it happens',
    async body({ store }) {
      for (const [what, call] of Object.entries(wrongCalls)) {
        await assert.rejects(call(store), (error) => isRefusal(error, 'ERR_OPTION', 500), what)
      }
      assert.equal(await store.get(key), undefined)
      assert.equal(await store.increment(key, 0, { ttl: LONG }), 0)
      assert.equal((await store.readSince('log', 0)).last, 0)
    },
  },
  {
    name: 'removes with cleanup what has expired, and nothing else',
    async body({ store, expire }) {
      await write(store, 'p', put('lives', 'v', { owner: 'o' }))
      assert.equal(await store.cleanup(), 0, 'nothing has expired yet')
      const dying = Array.from({ length: 30 }, (_, i) => put(`d${String(i)}`, 'v', { ttl: SHORT, owner: 'o' }))
      await write(store, 'p', ...dying)
      await store.increment({ partition: 'p', id: 'dying' }, 5, { ttl: SHORT })
      await store.increment({ partition: 'p', id: 'living' }, 5, { ttl: LONG })
      await store.append('log', bytes('dying'), { ttl: SHORT })
      await store.append('log', value, { ttl: LONG })
      await expire()
      // A store may have removed some by itself before.
      const removed = await store.cleanup()
      assert.ok(Number.isSafeInteger(removed) && removed >= 0 && removed <= 32)
      assert.equal(await store.cleanup(), 0)
      assert.deepEqual(await idsOf(store, 'p', 'o'), ['lives'])
      assert.equal(await read(store, 'p', 'lives'), 'v')
      assert.equal(await store.increment({ partition: 'p', id: 'living' }, 1, { ttl: LONG }), 6)
      assert.equal(await store.increment({ partition: 'p', id: 'dying' }, 1, { ttl: LONG }), 1)
      assert.deepEqual(
        (await store.readSince('log', 0)).records.map(({ index }) => index),
        [2],
      )
    },
  },
  {
    name: 'answers 503 to every call once it is closed, and closes only once',
    async body({ store }) {
      await write(store, 'p', put('k', 'v'))
      await store.close()
      await store.close()
      const calls: Promise<unknown>[] = [
        store.generation(),
        store.get(key),
        store.commit('p', [put('k', 'v')]),
        store.increment(key, 1, { ttl: LONG }),
        store.listOwned('p', 'o'),
        store.append('log', value, { ttl: LONG }),
        store.readSince('log', 0),
        store.subscribe('log', () => undefined),
        store.cleanup(),
      ]
      for (const call of await Promise.allSettled(calls)) {
        assert.equal(call.status, 'rejected')
        assert.ok(isRefusal(call.reason, 'ERR_STORE_UNAVAILABLE', 503))
      }
    },
  },
]

function isRefusal(thrown: unknown, code: string, status: number): boolean {
  return SecurityError.is(thrown) && thrown.code === code && thrown.status === status
}
