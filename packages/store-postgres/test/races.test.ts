import type { Committed } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { storeProcess, type Call, type StoreProcess } from './processes.ts'
import { bytes, LONG, server } from './support.ts'

const postgres = server()

/** Two other processes with two connections each, on one schema. */
async function twoProcesses(schema: string): Promise<[StoreProcess, StoreProcess]> {
  return Promise.all([storeProcess(postgres.url, { schema }, 2), storeProcess(postgres.url, { schema }, 2)])
}

/** Runs the calls at once, every second one in the other process; answers what became of each. */
async function spread(
  processes: readonly StoreProcess[],
  count: number,
  call: (i: number) => Call,
): Promise<unknown[]> {
  const all = Array.from({ length: count }, (_, i) => i)
  const runs = processes.map((one, at) => one.run(all.filter((i) => i % processes.length === at).map(call)))
  const outcomes = (await Promise.all(runs)).flat()
  expect(outcomes.flatMap(({ failure }) => failure ?? [])).toEqual([])
  return outcomes.map(({ answer }) => answer)
}

const succeeded = (answers: readonly unknown[]): number => answers.filter((answer) => (answer as Committed).ok).length

describe('two processes with four connections', () => {
  it('give a single-use entry to one of 100 takers, every time', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const processes = await twoProcesses(schema)
    for (let round = 0; round < 5; round++) {
      await store.commit('p', [{ put: 'code', value: bytes('v'), ttl: LONG, owner: 'o' }])
      const taken = await spread(processes, 100, () => ['commit', 'p', [{ delete: 'code', if: 'present' }]])
      expect(succeeded(taken)).toBe(1)
      expect(await store.listOwned('p', 'o')).toEqual([])
    }
  })

  it('let one of 100 use what may be used once, also where the last use has ended and lies there still', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const processes = await twoProcesses(schema)
    await store.commit('p', [{ put: 'jti', value: bytes('used'), ttl: 1 }])
    await expect.poll(() => store.get({ partition: 'p', id: 'jti' })).toBeUndefined()
    const used = await spread(processes, 100, (i) => [
      'commit',
      'p',
      [{ put: 'jti', value: bytes(String(i)), ttl: LONG, if: 'absent' }],
    ])
    expect(succeeded(used)).toBe(1)
  })

  it('lose no increment, and give each its own number', async () => {
    const schema = postgres.schema()
    const processes = await twoProcesses(schema)
    const counts = await spread(processes, 200, () => ['increment', { partition: 'p', id: 'n' }, 1, { ttl: LONG }])
    expect(counts.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  })

  it('never bring back what is deleted, whatever updates are in flight', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const processes = await twoProcesses(schema)
    const ids = Array.from({ length: 40 }, (_, i) => `k${i}`)
    await store.commit(
      'p',
      ids.map((id) => ({ put: id, value: bytes('v'), ttl: LONG, owner: 'o' })),
    )
    await spread(processes, 160, (i) => {
      const id = ids[Math.floor(i / 4)]!
      if (i % 4 === 1) return ['commit', 'p', [{ delete: id }]]
      return ['commit', 'p', [{ put: id, value: bytes('w'), ttl: LONG, owner: 'o', if: 'present' }]]
    })
    expect(await store.listOwned('p', 'o')).toEqual([])
  })

  it('do commits of many entries that cross each other whole, one after another, and never lock up', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const processes = await twoProcesses(schema)
    const ids = Array.from({ length: 30 }, (_, i) => `k${i}`)
    await spread(processes, 60, (i) => {
      // In every order, some of what is there and some of what is not.
      const turned = [...ids.slice(i % 30), ...ids.slice(0, i % 30)]
      const changes = turned.map((id) => ({ put: id, value: bytes(String(i)), ttl: LONG, owner: 'o' }))
      return ['commit', 'p', i % 3 === 0 ? turned.map((id) => ({ delete: id })) : changes]
    })
    const left = await store.listOwned('p', 'o')
    expect([0, 30]).toContain(left.length)
    expect(new Set(left.map(({ value }) => Buffer.from(value).toString())).size).toBeLessThanOrEqual(1)
  })

  it('append without a gap, each its own number', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const processes = await twoProcesses(schema)
    const seen: number[] = []
    let writing = true
    const following = (async () => {
      for (let last = false; !last;) {
        last = !writing
        const { records } = await store.readSince('log', seen.at(-1) ?? 0)
        seen.push(...records.map(({ index }) => index))
      }
    })()
    const indexes = await spread(processes, 150, (i) => ['append', 'log', bytes(String(i)), { ttl: LONG }])
    writing = false
    await following
    const all = Array.from({ length: 150 }, (_, i) => i + 1)
    expect(seen).toEqual(all)
    expect(indexes.toSorted((a, b) => Number(a) - Number(b))).toEqual(all)
  })
})
