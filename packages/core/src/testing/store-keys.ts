import assert from 'node:assert/strict'
import { storeLimits } from '../store/input.ts'
import { LONG, bytes, idsOf, put, read, text, write, type Case } from './store-harness.ts'

/** Names that break naive ways to join, quote, order, fold or match them. */
const hostile: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '{}',
  '{a}',
  '}{',
  ':',
  'a:b',
  '::',
  '*',
  '?',
  '[a-z]',
  '%',
  '_',
  '\\',
  '\n',
  '\r\n',
  "'; drop table entries; --",
  '"',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  '00',
  '1e0',
  'A',
  'a',
  'é',
  'e\u0301',
  '\u{1f511}',
  '\u{1f469}\u200d\u{1f4bb}',
  '\u202eabc',
  '\ufeff',
  '\uffff',
  'ß',
  'ss',
  'İ',
  'i',
]

/** Any name is a name, and no two are one. */
export const keyCases: readonly Case[] = [
  {
    name: 'keeps all ids apart, whatever is in them',
    async body({ store, connect }) {
      await write(store, 'p', ...hostile.map((id, i) => put(id, String(i), { owner: 'o' })))
      const other = await connect()
      for (const [i, id] of hostile.entries()) assert.equal(await read(other, 'p', id), String(i), JSON.stringify(id))
      assert.deepEqual(await idsOf(store, 'p', 'o'), [...hostile].sort())
    },
  },
  {
    name: 'keeps ids apart that differ in one character, of every kind there is',
    async body({ store, connect }) {
      // Each byte as a character, then the edges of what UTF-8 and UTF-16 write in more than one piece.
      const edges = [0x7ff, 0x800, 0xd7ff, 0xe000, 0xfdd0, 0xfffd, 0xfffe, 0x10000, 0x1f600, 0x10ffff]
      const all = [...Array.from({ length: 256 }, (_, i) => i), ...edges].map((point) => String.fromCodePoint(point))
      const binary = all.join('')
      await write(store, binary, ...all.map((one) => put(`<${one}>`, one, { owner: binary })), put(binary, 'all'))
      const other = await connect()
      const listed = await other.listOwned(binary, binary, { limit: 1000 })
      assert.deepEqual(
        new Set(listed.map(({ id, value }) => `${id} ${text(value)!}`)),
        new Set(all.map((one) => `<${one}> ${one}`)),
      )
      assert.equal(await read(other, binary, binary), 'all')
    },
  },
  {
    name: 'keeps all partitions apart, whatever is in them',
    async body({ store }) {
      for (const [i, partition] of hostile.entries()) await write(store, partition, put('k', String(i), { owner: 'o' }))
      for (const [i, partition] of hostile.entries()) {
        const listed = await store.listOwned(partition, 'o')
        assert.deepEqual(
          listed.map(({ value }) => text(value)),
          [String(i)],
          JSON.stringify(partition),
        )
      }
    },
  },
  {
    name: 'keeps all owners apart, whatever is in them',
    async body({ store }) {
      await write(store, 'p', ...hostile.map((owner, i) => put(`k${String(i)}`, 'v', { owner })))
      for (const [i, owner] of hostile.entries()) {
        assert.deepEqual(await idsOf(store, 'p', owner), [`k${String(i)}`], JSON.stringify(owner))
      }
    },
  },
  {
    name: 'keeps all counters apart, whatever is in their ids',
    async body({ store }) {
      for (const [i, id] of hostile.entries()) await store.increment({ partition: id, id }, i, { ttl: LONG })
      for (const [i, id] of hostile.entries()) {
        assert.equal(await store.increment({ partition: id, id }, 0, { ttl: LONG }), i, JSON.stringify(id))
      }
    },
  },
  {
    name: 'keeps all logs apart, whatever is in their names',
    async body({ store }) {
      for (const [i, log] of hostile.entries()) await store.append(log, bytes(String(i)), { ttl: LONG })
      for (const [i, log] of hostile.entries()) {
        const { records } = await store.readSince(log, 0)
        assert.deepEqual(
          records.map(({ value }) => text(value)),
          [String(i)],
          JSON.stringify(log),
        )
      }
    },
  },
  {
    name: 'hints at logs of any name',
    async body({ store, connect, advance }) {
      const other = await connect()
      const names = [...hostile, `${'long '.repeat(storeLimits.name / 5)}end`]
      const waiting = new Set(names)
      const cancels = await Promise.all(names.map((log) => other.subscribe(log, () => void waiting.delete(log))))
      for (let i = 0; i < 40 && waiting.size > 0; i++) {
        await Promise.all([...waiting].map((log) => store.append(log, bytes('r'), { ttl: LONG })))
        await advance(50)
      }
      assert.deepEqual([...waiting], [])
      for (const cancel of cancels) cancel()
    },
  },
  {
    name: 'joins the parts of a key without ambiguity',
    async body({ store }) {
      const pairs = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['a:', 'b:c'],
        ['', 'a'],
        ['a', ''],
        ['{a}', 'b'],
        ['{a', '}b'],
        ['a\0', 'b'],
        ['a', '\0b'],
      ] as const
      for (const [partition, id] of pairs) await write(store, partition, put(id, `${partition}|${id}`))
      for (const [partition, id] of pairs) assert.equal(await read(store, partition, id), `${partition}|${id}`)
      await write(store, 'p', put('x', 'v', { owner: 'y:z' }))
      assert.deepEqual(await store.listOwned('p:y', 'z'), [])
    },
  },
  {
    name: 'keeps names of the greatest length, of characters that take most bytes',
    async body({ store }) {
      const id = '\u20ac'.repeat(storeLimits.id - 1)
      const name = Array.from({ length: storeLimits.name }, (_, i) =>
        String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000)),
      ).join('')
      await write(store, name, put(`${id}1`, '1', { owner: name }), put(`${id}2`, '2', { owner: name }))
      assert.deepEqual(await idsOf(store, name, name), [`${id}1`, `${id}2`])
      assert.equal(await read(store, name, `${id}2`), '2')
      assert.equal(await store.increment({ partition: name, id: `${id}1` }, 1, { ttl: LONG }), 1)
      assert.equal(await store.append(name, bytes('r'), { ttl: LONG }), 1)
    },
  },
]
