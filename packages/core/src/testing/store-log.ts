import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import type { LogRecord, Store } from '../store/contract.ts'
import { LONG, SHORT, atOnce, bytes, connections, text, type Case } from './store-harness.ts'

/** Logs. */
export const logCases: readonly Case[] = [
  {
    name: 'answers for a log that nobody wrote',
    async body({ store }) {
      const { id } = await store.generation()
      assert.deepEqual(await store.readSince('log', 0), { generation: id, records: [], last: 0, more: false })
    },
  },
  {
    name: 'numbers records from 1 and gives them back in order, byte by byte',
    async body({ store, connect }) {
      const values = [Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(), new Uint8Array(65_536).fill(7)]
      for (const [i, value] of values.entries()) assert.equal(await store.append('log', value, { ttl: LONG }), i + 1)
      const { records, last, more } = await (await connect()).readSince('log', 0)
      assert.deepEqual(
        records.map(({ index }) => index),
        [1, 2, 3],
      )
      assert.deepEqual(
        records.map(({ value }) => new Uint8Array(value)),
        values,
      )
      assert.deepEqual({ last, more }, { last: 3, more: false })
    },
  },
  {
    name: 'pages by index, and says when there is more',
    async body({ store }) {
      for (let i = 1; i <= 25; i++) await store.append('log', bytes(String(i)), { ttl: LONG })
      const first = await store.readSince('log', 0, { limit: 10 })
      assert.deepEqual([first.records.length, first.last, first.more], [10, 25, true])
      const exact = await store.readSince('log', 15, { limit: 10 })
      assert.deepEqual(
        [exact.records.map(({ index }) => index), exact.more],
        [[16, 17, 18, 19, 20, 21, 22, 23, 24, 25], false],
      )
      const end = await store.readSince('log', 25)
      assert.deepEqual([end.records, end.last, end.more], [[], 25, false])
      const beyond = await store.readSince('log', 1000)
      assert.deepEqual([beyond.records, beyond.last, beyond.more], [[], 25, false])
    },
  },
  {
    name: 'has no gap and loses nothing for a reader who follows concurrent appenders',
    async body(scene) {
      const stores = await connections(scene)
      const reader = await scene.connect()
      let writing = true
      const followed: LogRecord[] = []
      const following = (async () => {
        for (let idle = false; !idle;) {
          idle = !writing
          // A store that answers at once must not keep the appenders from their turn.
          await turn()
          followed.push(...(await readAll(reader, 'log', followed.at(-1)?.index ?? 0)))
        }
      })()
      const indexes = await atOnce(stores, 120, (store, i) => store.append('log', bytes(String(i)), { ttl: LONG }))
      writing = false
      await following
      const all = Array.from({ length: 120 }, (_, i) => i + 1)
      assert.deepEqual(
        [...indexes].sort((a, b) => a - b),
        all,
      )
      assert.deepEqual(
        followed.map(({ index }) => index),
        all,
      )
      for (const [i, index] of indexes.entries()) assert.equal(text(followed[index - 1]!.value), String(i))
    },
  },
  {
    name: 'leaves out records that have expired, and never gives a number again',
    async body({ store, expire }) {
      for (const ttl of [LONG, SHORT, LONG, SHORT, SHORT]) await store.append('log', bytes('r'), { ttl })
      await expire()
      const { records, last, more } = await store.readSince('log', 0)
      assert.deepEqual([records.map(({ index }) => index), last, more], [[1, 3], 5, false])
      assert.deepEqual(
        (await readAll(store, 'log', 0, 1)).map(({ index }) => index),
        [1, 3],
      )
      await store.append('short', bytes('r'), { ttl: SHORT })
      await expire()
      await store.cleanup()
      assert.equal((await store.readSince('short', 0)).last, 1)
      assert.equal(await store.append('short', bytes('r'), { ttl: LONG }), 2)
    },
  },
  {
    name: 'keeps logs apart',
    async body({ store }) {
      await store.append('one', bytes('1'), { ttl: LONG })
      assert.equal(await store.append('two', bytes('2'), { ttl: LONG }), 1)
      assert.deepEqual(
        (await store.readSince('two', 0)).records.map(({ value }) => text(value)),
        ['2'],
      )
    },
  },
]

async function readAll(store: Store, log: string, after: number, limit = 50): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let more = true; more;) {
    const page = await store.readSince(log, records.at(-1)?.index ?? after, { limit })
    assert.ok(page.records.length > 0 || !page.more, 'a page that goes on holds a record')
    records.push(...page.records)
    assert.equal(
      new Set(records.map(({ index }) => index)).size,
      records.length,
      'no page repeats what another one held',
    )
    more = page.more
  }
  return records
}
