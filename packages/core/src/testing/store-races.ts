import assert from 'node:assert/strict'
import type { Store } from '../store/contract.ts'
import { LONG, atOnce, connections, put, read, text, write, bytes, type Case } from './store-harness.ts'

/** What many do at once, on several connections. */
export const raceCases: readonly Case[] = [
  {
    name: 'gives a single-use entry to one of 100 takers',
    async body(scene) {
      await write(scene.store, 'p', put('code', 'v', { owner: 'o' }))
      const taken = await atOnce(await connections(scene), 100, (store) =>
        store.commit('p', [{ delete: 'code', if: 'present' }]),
      )
      assert.equal(taken.filter(({ ok }) => ok).length, 1)
      assert.equal(await read(scene.store, 'p', 'code'), undefined)
      assert.deepEqual(await scene.store.listOwned('p', 'o'), [])
    },
  },
  {
    name: 'lets one of 100 creators create',
    async body(scene) {
      const made = await atOnce(await connections(scene), 100, (store, i) =>
        store.commit('p', [put('k', String(i), { if: 'absent' })]),
      )
      const winners = made.flatMap(({ ok }, i) => (ok ? [String(i)] : []))
      assert.equal(winners.length, 1)
      assert.equal(await read(scene.store, 'p', 'k'), winners[0])
    },
  },
  {
    name: 'loses no update that is made by compare-and-set',
    async body(scene) {
      await write(scene.store, 'p', put('k', '0'))
      await atOnce(await connections(scene), 12, addOne)
      assert.equal(await read(scene.store, 'p', 'k'), '12')
    },
  },
  {
    name: 'never brings a deleted entry back by an update in flight',
    async body(scene) {
      const [a, b] = (await connections(scene)) as [Store, Store]
      for (let i = 0; i < 25; i++) {
        const id = `k${String(i)}`
        await write(a, 'p', put(id, 'v', { owner: 'o' }))
        await Promise.all([
          b.commit('p', [put(id, 'update', { if: 'present' })]),
          a.commit('p', [{ delete: id }]),
          b.commit('p', [put(id, 'another', { if: 'present', owner: 'o' })]),
        ])
        assert.equal(await read(b, 'p', id), undefined)
      }
      assert.deepEqual(await a.listOwned('p', 'o'), [])
    },
  },
  {
    name: 'lets one of many rotations win, and leaves nothing of the others',
    async body(scene) {
      const [version] = await write(scene.store, 'p', put('old', 'v', { owner: 'o' }))
      const rotated = await atOnce(await connections(scene), 20, (store, i) =>
        store.commit('p', [
          { delete: 'old', if: { version: version! } },
          put(`new-${String(i)}`, 'v', { if: 'absent', owner: 'o' }),
        ]),
      )
      const winners = rotated.flatMap(({ ok }, i) => (ok ? [`new-${String(i)}`] : []))
      assert.equal(winners.length, 1)
      assert.deepEqual(
        (await scene.store.listOwned('p', 'o')).map(({ id }) => id),
        winners,
      )
    },
  },
  {
    name: 'does commits that cross each other, in some order, and never half',
    async body(scene) {
      // In opposite order of ids: a store that locks them one by one must not lock up.
      const names = ['a', 'b']
      await atOnce(await connections(scene), 40, (store, i) => {
        const changes = names.map((id) => put(id, String(i)))
        return store.commit('p', i % 2 === 0 ? changes : changes.reverse())
      })
      assert.equal(await read(scene.store, 'p', 'a'), await read(scene.store, 'p', 'b'))
    },
  },
  {
    name: 'loses no increment, and gives each its own number',
    async body(scene) {
      const stores = await connections(scene)
      const counts = await atOnce(stores, 200, (store) =>
        store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG }),
      )
      assert.deepEqual(
        [...counts].sort((a, b) => a - b),
        Array.from({ length: 200 }, (_, i) => i + 1),
      )
    },
  },
  {
    name: 'keeps an owner’s list in step with entries that come and go at once',
    async body(scene) {
      const stores = await connections(scene)
      await atOnce(stores, 60, (store, i) => store.commit('p', [put(`k${String(i)}`, 'v', { owner: 'o' })]))
      await atOnce(stores, 60, (store, i) =>
        store.commit(
          'p',
          i % 3 === 0 ? [{ delete: `k${String(i)}` }] : [put(`k${String(i)}`, 'w', { owner: i % 3 === 1 ? 'o' : 'n' })],
        ),
      )
      const listed = await scene.store.listOwned('p', 'o')
      const expected = Array.from({ length: 60 }, (_, i) => i)
        .filter((i) => i % 3 === 1)
        .map((i) => `k${String(i)}`)
      assert.deepEqual(
        listed.map(({ id }) => id),
        expected.sort(),
      )
      assert.deepEqual(new Set(listed.map(({ value }) => text(value))), new Set(['w']))
    },
  },
]

async function addOne(store: Store): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    assert.ok(attempt < 100, 'of those who try at once, one gets through each time')
    const entry = await store.get({ partition: 'p', id: 'k' })
    const next = Number(text(entry!.value)) + 1
    const change = { put: 'k', value: bytes(String(next)), ttl: LONG, if: { version: entry!.version } }
    if ((await store.commit('p', [change])).ok) return
  }
}
