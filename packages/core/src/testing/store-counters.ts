import assert from 'node:assert/strict'
import { LONG, SHORT, put, read, write, type Case } from './store-harness.ts'

/** Counters. */
export const counterCases: readonly Case[] = [
  {
    name: 'counts from 0, by any whole number',
    async body({ store, connect }) {
      const key = { partition: 'p', id: 'n' }
      assert.equal(await store.increment(key, 0, { ttl: LONG }), 0)
      assert.equal(await store.increment(key, 1, { ttl: LONG }), 1)
      assert.equal(await (await connect()).increment(key, 41, { ttl: LONG }), 42)
      assert.equal(await store.increment(key, -50, { ttl: LONG }), -8)
      assert.equal(await store.increment(key, 2 ** 52, { ttl: LONG }), 2 ** 52 - 8)
    },
  },
  {
    name: 'ends a counter after the life that its first increment gave, whatever came later',
    async body({ store, expire }) {
      const key = { partition: 'p', id: 'n' }
      await store.increment(key, 5, { ttl: SHORT })
      await store.increment(key, 5, { ttl: LONG })
      const lasting = { partition: 'p', id: 'lasting' }
      await store.increment(lasting, 5, { ttl: LONG })
      await store.increment(lasting, 5, { ttl: SHORT })
      await expire()
      assert.equal(await store.increment(key, 1, { ttl: LONG }), 1)
      assert.equal(await store.increment(lasting, 1, { ttl: LONG }), 11)
    },
  },
  {
    name: 'keeps counters and values of one key apart',
    async body({ store }) {
      const key = { partition: 'p', id: 'k' }
      await write(store, 'p', put('k', 'value', { owner: 'o' }))
      assert.equal(await store.increment(key, 7, { ttl: LONG }), 7)
      assert.equal(await read(store, 'p', 'k'), 'value')
      await write(store, 'p', { delete: 'k' })
      assert.equal(await store.increment(key, 1, { ttl: LONG }), 8)
      assert.equal(await store.get(key), undefined)
      await write(store, 'p', put('k', 'again', { if: 'absent' }))
      assert.deepEqual(await store.listOwned('p', 'o'), [])
    },
  },
  {
    name: 'refuses an increment past what a number can say exactly, and keeps the count',
    async body({ store }) {
      for (const [id, most] of [
        ['up', Number.MAX_SAFE_INTEGER],
        ['down', Number.MIN_SAFE_INTEGER],
      ] as const) {
        const key = { partition: 'p', id }
        assert.equal(await store.increment(key, most, { ttl: LONG }), most)
        await assert.rejects(store.increment(key, Math.sign(most), { ttl: LONG }), { code: 'ERR_OPTION' })
        assert.equal(await store.increment(key, 0, { ttl: LONG }), most)
      }
    },
  },
  {
    name: 'keeps counters of different partitions apart',
    async body({ store }) {
      await store.increment({ partition: 'p', id: 'n' }, 3, { ttl: LONG })
      assert.equal(await store.increment({ partition: 'q', id: 'n' }, 1, { ttl: LONG }), 1)
    },
  },
]
