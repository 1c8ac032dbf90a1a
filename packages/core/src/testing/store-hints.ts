import assert from 'node:assert/strict'
import { LONG, bytes, type Case, type Scene } from './store-harness.ts'

/** Publish and subscribe: hints that a log has grown. */
export const hintCases: readonly Case[] = [
  {
    name: 'hints at appends of every connection, until cancelled',
    async body({ store, connect, advance }) {
      const other = await connect()
      let hints = 0
      const cancel = await other.subscribe('log', () => void hints++)
      await appendUntil({ store, advance }, 'log', () => hints > 0)
      cancel()
      cancel()
      const before = hints
      await store.append('log', bytes('r'), { ttl: LONG })
      await advance(200)
      assert.equal(hints, before)
    },
  },
  {
    name: 'keeps what a subscriber throws from appenders and other subscribers',
    async body({ store, advance }) {
      let hints = 0
      const cancels = [
        await store.subscribe('log', () => {
          throw new Error('a subscriber of the conformance suite')
        }),
        await store.subscribe('log', () => void hints++),
      ]
      await appendUntil({ store, advance }, 'log', () => hints > 0)
      for (const cancel of cancels) cancel()
    },
  },
  {
    name: 'hints at a record when it can be read, not before',
    async body({ store, connect, advance }) {
      const other = await connect()
      const seen: Promise<number>[] = []
      const cancel = await other.subscribe('log', () => {
        seen.push(other.readSince('log', 0).then(({ last }) => last))
      })
      // Who is told too early reads too early, and finds out only with the next poll.
      await appendUntil({ store, advance }, 'log', () => seen.length > 0)
      cancel()
      assert.notEqual(await seen[0], 0)
    },
  },
  {
    name: 'ends one subscription of several to a log, and no other',
    async body({ store, connect, advance }) {
      const other = await connect()
      const hints = [0, 0, 0]
      const onHint = (i: number) => () => void hints[i]!++
      const same = onHint(1)
      const cancels = [
        await other.subscribe('log', onHint(0)),
        await other.subscribe('log', same),
        await other.subscribe('log', same),
        await other.subscribe('another', onHint(2)),
      ]
      cancels[0]!()
      cancels[1]!()
      await appendUntil({ store, advance }, 'log', () => hints[1]! > 0)
      await appendUntil({ store, advance }, 'another', () => hints[2]! > 0)
      assert.equal(hints[0], 0)
      for (const cancel of cancels) cancel()
      // And one that is made after all have ended is as good as the first.
      const cancel = await other.subscribe('log', onHint(0))
      await appendUntil({ store, advance }, 'log', () => hints[0]! > 0)
      cancel()
    },
  },
]

/** A single hint may get lost; that none ever comes is wrong. */
async function appendUntil(
  { store, advance }: Pick<Scene, 'store' | 'advance'>,
  log: string,
  hinted: () => boolean,
): Promise<void> {
  for (let i = 0; i < 40 && !hinted(); i++) {
    await store.append(log, bytes('r'), { ttl: LONG })
    await advance(50)
  }
  assert.ok(hinted(), 'a hint came')
}
