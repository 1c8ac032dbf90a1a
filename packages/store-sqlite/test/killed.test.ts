import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HOUR, openStore, put, read, startOther, tempPath } from './support.ts'

/** What a process said that it had been acknowledged. */
interface Acknowledged {
  readonly puts: readonly number[]
  /** By index. */
  readonly appends: ReadonlyMap<number, number>
  readonly count: number
}

function acknowledgedIn(said: string): Acknowledged {
  const puts: number[] = []
  const appends = new Map<number, number>()
  let count = 0
  // The last line may be half a line.
  for (const line of said.split('\n').slice(0, -1)) {
    const [what, first, second] = line.split(' ')
    if (what === 'put') puts.push(Number(first))
    if (what === 'append') appends.set(Number(first), Number(second))
    if (what === 'count') count = Math.max(count, Number(first))
  }
  return { puts, appends, count }
}

describe('a process that is killed while it writes', () => {
  it('has lost nothing that it acknowledged, however often', async () => {
    const path = await tempPath()
    for (let life = 1; life <= 4; life++) {
      const other = await startOther(path)
      other.ask('stream').catch(() => undefined)
      while (acknowledgedIn(other.said()).puts.length < 100 * life) await sleep(1)
      await other.kill()
      const { puts, appends, count } = acknowledgedIn(other.said())
      expect(puts.length).toBeGreaterThan(0)

      const store = openStore(path)
      for (const i of puts) expect(await read(store, `entry-${i}`)).toBe(`value-${i}`)
      const { records, last } = await store.readSince('log', 0, { limit: 10_000 })
      expect(records.map(({ index }) => index)).toEqual(Array.from({ length: last }, (_, i) => i + 1))
      for (const [index, i] of appends) {
        expect(new TextDecoder().decode(records[index - 1]!.value)).toBe(`record-${i}`)
      }
      expect(await store.increment({ partition: 'p', id: 'n' }, 0, { ttl: HOUR })).toBeGreaterThanOrEqual(count)
      const listed = new Set((await store.listOwned('p', 'o', { limit: 10_000 })).map(({ id }) => id))
      expect(puts.filter((i) => !listed.has(`entry-${i}`))).toEqual([])
      await store.close()
    }
  })

  it('holds nobody up: another one goes on at once, and with the same birth', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const born = await store.generation()
    const other = await startOther(path)
    other.ask('stream').catch(() => undefined)
    while (acknowledgedIn(other.said()).puts.length < 50) await sleep(1)
    await other.kill()
    await store.commit('p', [put('k', 'after')])
    expect(await read(store, 'k')).toBe('after')
    expect(await store.generation()).toEqual(born)
  })

  it('leaves its lock behind to nobody, also when it died holding it', async () => {
    const path = await tempPath()
    const store = openStore(path)
    await store.generation()
    const other = await startOther(path)
    await other.ask('hold')
    const written = store.commit('p', [put('k', 'waited')])
    await other.kill()
    expect((await written).ok).toBe(true)
  })
})
