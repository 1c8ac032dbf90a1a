import assert from 'node:assert/strict'
import { storeLimits } from '../store/input.ts'
import { LONG, SHORT, bytes, idsOf, put, read, text, write, type Case } from './store-harness.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)

/** What goes in comes out, until its time is over. */
export const valueCases: readonly Case[] = [
  {
    name: 'answers undefined for what is not there',
    async body({ store }) {
      assert.equal(await store.get({ partition: 'p', id: 'none' }), undefined)
    },
  },
  {
    name: 'keeps every byte value, and nothing at all',
    async body({ store, connect }) {
      await write(
        store,
        'p',
        { put: 'bytes', value: everyByte, ttl: LONG },
        { put: 'empty', value: new Uint8Array(), ttl: LONG },
      )
      const other = await connect()
      assert.deepEqual(new Uint8Array((await other.get({ partition: 'p', id: 'bytes' }))!.value), everyByte)
      assert.equal((await other.get({ partition: 'p', id: 'empty' }))?.value.byteLength, 0)
    },
  },
  {
    name: 'keeps a view of a larger buffer, and only that',
    async body({ store }) {
      const view = Buffer.from('before|inside|after').subarray(7, 13)
      await write(store, 'p', { put: 'view', value: view, ttl: LONG })
      assert.equal(await read(store, 'p', 'view'), 'inside')
    },
  },
  {
    name: 'keeps values of several mebibytes, by themselves, together and in lists',
    async body({ store, connect }) {
      // A period that divides no power of two: a piece that is lost, doubled or misplaced shows.
      const pattern = Uint8Array.from({ length: 251 }, (_, i) => i)
      const large = [3, 4].map((mebibytes) => new Uint8Array(Buffer.alloc(mebibytes * 1_048_576, pattern)))
      await write(store, 'p', ...large.map((value, i) => ({ put: `k${String(i)}`, value, ttl: LONG, owner: 'o' })))
      const other = await connect()
      const listed = await other.listOwned('p', 'o')
      for (const [i, value] of large.entries()) {
        const found = await other.get({ partition: 'p', id: `k${String(i)}` })
        assert.equal(Buffer.compare(found!.value, value), 0)
        assert.equal(Buffer.compare(listed[i]!.value, value), 0)
      }
    },
  },
  {
    name: 'gives copies: what a caller does to its bytes changes nothing that is stored',
    async body({ store }) {
      const given = bytes('stored')
      await write(store, 'p', { put: 'k', value: given, ttl: LONG, owner: 'o' })
      given.fill(0)
      ;(await store.get({ partition: 'p', id: 'k' }))!.value.fill(0)
      ;(await store.listOwned('p', 'o'))[0]!.value.fill(0)
      assert.equal(await read(store, 'p', 'k'), 'stored')
    },
  },
  {
    name: 'replaces value and life with a put',
    async body({ store, expire }) {
      await write(store, 'p', put('longer', 'old', { ttl: SHORT }), put('shorter', 'old'))
      await write(store, 'p', put('longer', 'new'), put('shorter', 'new', { ttl: SHORT }))
      await expire()
      assert.equal(await read(store, 'p', 'longer'), 'new')
      assert.equal(await read(store, 'p', 'shorter'), undefined)
    },
  },
  {
    name: 'treats an expired entry as if it had never been',
    async body({ store, expire }) {
      const [old] = await write(
        store,
        'p',
        put('k', 'old', { ttl: SHORT, owner: 'o' }),
        put('stays', 'here', { owner: 'o' }),
      )
      await expire()
      assert.equal(await store.get({ partition: 'p', id: 'k' }), undefined)
      assert.deepEqual(
        (await store.listOwned('p', 'o')).map(({ id }) => id),
        ['stays'],
      )
      for (const condition of ['present', { version: old! }] as const) {
        assert.deepEqual(await store.commit('p', [put('k', 'x', { if: condition })]), { ok: false, failed: 0 })
        assert.deepEqual(await store.commit('p', [{ delete: 'k', if: condition }]), { ok: false, failed: 0 })
      }
      await write(store, 'p', put('k', 'new', { if: 'absent' }))
      assert.equal(await read(store, 'p', 'k'), 'new')
      assert.deepEqual(
        (await store.listOwned('p', 'o')).map(({ id }) => id),
        ['stays'],
        'the new entry has no owner',
      )
    },
  },
  {
    name: 'does not prolong a life by reading',
    async body({ store, advance }) {
      await write(store, 'p', put('k', 'v', { ttl: SHORT, owner: 'o' }))
      await advance(SHORT * 0.7)
      await Promise.all([store.get({ partition: 'p', id: 'k' }), store.listOwned('p', 'o')])
      await advance(SHORT * 0.7)
      assert.equal(await read(store, 'p', 'k'), undefined)
    },
  },
  {
    name: 'removes an entry, and takes the removal of nothing for done',
    async body({ store }) {
      await write(store, 'p', put('k', 'v', { owner: 'o' }))
      assert.deepEqual(await write(store, 'p', { delete: 'k' }), [undefined])
      assert.equal(await read(store, 'p', 'k'), undefined)
      assert.deepEqual(await store.listOwned('p', 'o'), [])
      assert.deepEqual(await write(store, 'p', { delete: 'k' }, { delete: 'never' }), [undefined, undefined])
    },
  },
  {
    name: 'keeps lives that are no whole milliseconds, and the longest there is',
    async body({ store, expire }) {
      const odd = 30 * SHORT + 0.25
      const longest = storeLimits.ttl
      await write(
        store,
        'p',
        put('odd', 'v', { ttl: odd, owner: 'o' }),
        put('longest', 'v', { ttl: longest, owner: 'o' }),
      )
      await store.increment({ partition: 'p', id: 'odd' }, 1, { ttl: odd })
      await store.increment({ partition: 'p', id: 'longest' }, 1, { ttl: longest })
      for (const ttl of [odd, longest]) await store.append('log', bytes('r'), { ttl })
      await expire()
      assert.deepEqual(await idsOf(store, 'p', 'o'), ['longest', 'odd'])
      assert.equal(await store.increment({ partition: 'p', id: 'odd' }, 1, { ttl: LONG }), 2)
      assert.equal(await store.increment({ partition: 'p', id: 'longest' }, 1, { ttl: LONG }), 2)
      assert.equal((await store.readSince('log', 0)).records.length, 2)
    },
  },
  {
    name: 'keeps as many changes of one commit as there may be',
    async body({ store }) {
      const ids = Array.from({ length: storeLimits.changes }, (_, i) => `id-${String(i)}`)
      await write(store, 'p', ...ids.map((id) => put(id, `value of ${id}`)))
      const found = await Promise.all(ids.map((id) => store.get({ partition: 'p', id })))
      assert.deepEqual(
        found.map((entry) => text(entry?.value)),
        ids.map((id) => `value of ${id}`),
      )
    },
  },
]
