import assert from 'node:assert/strict'
import type { OwnedEntry, Store } from '../store/contract.ts'
import { SHORT, idsOf, put, text, versionOf, write, type Case } from './store-harness.ts'

/** Lists of what an owner has. */
export const ownerCases: readonly Case[] = [
  {
    name: 'lists what an owner has, with values and versions',
    async body({ store, connect }) {
      await write(store, 'p', put('b', 'two', { owner: 'o' }), put('a', 'one', { owner: 'o' }), put('c', 'not owned'))
      const listed = await (await connect()).listOwned('p', 'o')
      assert.deepEqual(
        listed.map(({ id, value }) => [id, text(value)]),
        [
          ['a', 'one'],
          ['b', 'two'],
        ],
      )
      assert.equal(listed[0]!.version, await versionOf(store, 'p', 'a'))
      assert.deepEqual(await store.listOwned('p', 'nobody'), [])
    },
  },
  {
    // Bytes of UTF-8 sort an astral character behind U+FFFD, code units before: encode as CESU-8 where bytes are compared.
    name: 'orders ids by UTF-16 code unit',
    async body({ store }) {
      const ids = [
        '',
        '!',
        'A',
        'B',
        'a',
        'aa',
        'a\0',
        'a ',
        'ab',
        'é',
        'e\u0301',
        '\u{1f511}',
        '\ufffd',
        '\ue000',
        'Z',
        '10',
        '9',
      ]
      await write(store, 'p', ...ids.map((id) => put(id, 'v', { owner: 'o' })))
      assert.deepEqual(await idsOf(store, 'p', 'o'), [...ids].sort())
    },
  },
  {
    name: 'pages by `after`, which needs not be there any more',
    async body({ store }) {
      const ids = Array.from({ length: 130 }, (_, i) => `s-${String(i).padStart(3, '0')}`)
      for (let i = 0; i < ids.length; i += 65) {
        await write(store, 'p', ...ids.slice(i, i + 65).map((id) => put(id, 'v', { owner: 'o' })))
      }
      assert.equal((await store.listOwned('p', 'o')).length, 100, 'a page is 100 if nothing is said')
      assert.deepEqual(await pages(store, 'p', 'o', 7), ids)
      await write(store, 'p', { delete: 's-050' })
      const [next] = await store.listOwned('p', 'o', { after: 's-050', limit: 1 })
      assert.equal(next?.id, 's-051')
      assert.deepEqual(await store.listOwned('p', 'o', { after: 's-129' }), [])
      assert.deepEqual(await store.listOwned('p', 'o', { after: 'zzz' }), [])
      assert.equal((await store.listOwned('p', 'o', { after: '', limit: 1 }))[0]?.id, 's-000')
    },
  },
  {
    name: 'fills a page past entries that have expired',
    async body({ store, expire }) {
      const dying = Array.from({ length: 20 }, (_, i) => put(`a${String(i)}`, 'v', { owner: 'o', ttl: SHORT }))
      await write(store, 'p', ...dying, put('b', 'v', { owner: 'o' }), put('c', 'v', { owner: 'o' }))
      await expire()
      assert.deepEqual(await pages(store, 'p', 'o', 1), ['b', 'c'])
    },
  },
  {
    name: 'moves an entry to the owner that a put names, and keeps it where a put names none',
    async body({ store }) {
      await write(store, 'p', put('k', 'v', { owner: 'one' }))
      await write(store, 'p', put('k', 'renewed'))
      assert.deepEqual(await idsOf(store, 'p', 'one'), ['k'])
      await write(store, 'p', put('k', 'v', { owner: 'two', if: 'present' }))
      assert.deepEqual(await idsOf(store, 'p', 'one'), [])
      assert.deepEqual(await idsOf(store, 'p', 'two'), ['k'])
      await write(store, 'p', { delete: 'k' })
      await write(store, 'p', put('k', 'made anew'))
      assert.deepEqual(await idsOf(store, 'p', 'two'), [], 'a deleted entry leaves no owner behind')
    },
  },
  {
    name: 'keeps an entry listed for as long as a put prolonged it',
    async body({ store, expire }) {
      await write(store, 'p', put('k', 'v', { owner: 'o', ttl: SHORT }))
      await write(store, 'p', put('k', 'v', { if: 'present' }))
      await expire()
      assert.deepEqual(await idsOf(store, 'p', 'o'), ['k'])
    },
  },
  {
    name: 'shows an owner nothing of another owner or partition',
    async body({ store }) {
      await write(store, 'p', put('k', 'mine', { owner: 'o' }), put('l', 'v', { owner: 'other' }))
      await write(store, 'q', put('k', 'theirs', { owner: 'o' }), put('m', 'v', { owner: 'o' }))
      assert.deepEqual(
        (await store.listOwned('p', 'o')).map(({ id, value }) => [id, text(value)]),
        [['k', 'mine']],
      )
      await write(store, 'p', { delete: 'k' })
      assert.deepEqual(await idsOf(store, 'q', 'o'), ['k', 'm'])
    },
  },
]

async function pages(store: Store, partition: string, owner: string, limit: number): Promise<string[]> {
  const ids: string[] = []
  let page: readonly OwnedEntry[] = await store.listOwned(partition, owner, { limit })
  while (page.length > 0) {
    assert.ok(page.length <= limit, 'a page holds no more than was asked for')
    ids.push(...page.map(({ id }) => id))
    assert.equal(new Set(ids).size, ids.length, 'no page repeats what another one held')
    page = await store.listOwned(partition, owner, { after: ids.at(-1)!, limit })
  }
  return ids
}
