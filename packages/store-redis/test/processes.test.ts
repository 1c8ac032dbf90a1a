import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisForTests, type SharedServer } from '../../../test/servers/index.ts'
import { ownPrefix, put, read, storeOn, write } from './support/store.ts'

let server: SharedServer
beforeAll(async () => void (server = await redisForTests()))
afterAll(() => server.stop())

const program = fileURLToPath(new URL('support/other-process.mjs', import.meta.url))
const PROCESSES = 2

type Deed = 'take' | 'create' | 'renew' | 'count' | 'append'

/** Processes of an app, with two connections each. */
async function processes(prefix: string): Promise<ChildProcess[]> {
  const started = Array.from({ length: PROCESSES }, () => fork(program, [server.url, prefix, '2']))
  onTestFinished(() => void started.map((one) => one.kill()))
  await Promise.all(started.map((one) => once(one, 'message')))
  return started
}

/** Lets each process do something at once, so many times for each id; answers what came of it, by id. */
async function all<T>(
  started: readonly ChildProcess[],
  ids: readonly string[],
  job: { readonly deed: Deed; readonly times: number },
): Promise<Map<string, T[]>> {
  const answers = started.map(async (one) => {
    const answer = once(one, 'message')
    one.send({ ids, ...job })
    return (await answer) as [Record<string, T[]>]
  })
  const found = await Promise.all(answers)
  return new Map(ids.map((id) => [id, found.flatMap(([results]) => results[id]!)]))
}

const ids = Array.from({ length: 40 }, (_, i) => `id-${String(i)}`)

describe('two processes with two connections each', () => {
  it('consume a single-use entry once among 100 takers', async () => {
    const prefix = ownPrefix()
    const store = await storeOn(server.url, { prefix })
    await write(store, ...ids.map((id) => put(id, 'code', { owner: 'o' })))
    const taken = await all<boolean>(await processes(prefix), ids, { deed: 'take', times: 50 })
    for (const [id, results] of taken) {
      expect(results, id).toHaveLength(100)
      expect(results.filter(Boolean), id).toHaveLength(1)
    }
    expect(await store.listOwned('p', 'o')).toEqual([])
  })

  it('create an entry once among 100 creators', async () => {
    const prefix = ownPrefix()
    const created = await all<boolean>(await processes(prefix), ids, { deed: 'create', times: 50 })
    for (const [id, results] of created) expect(results.filter(Boolean), id).toHaveLength(1)
  })

  it('never bring a deleted entry back by an update in flight', async () => {
    const prefix = ownPrefix()
    const store = await storeOn(server.url, { prefix })
    await write(store, ...ids.map((id) => put(id, 'session', { owner: 'o' })))
    const renewing = all<number>(await processes(prefix), ids, { deed: 'renew', times: 2 })
    const begun = (): Promise<number> => store.increment({ partition: 'p', id: 'renewing' }, 0, { ttl: 60_000 })
    await expect.poll(begun).toBe(ids.length * PROCESSES * 2)
    for (const id of ids) await write(store, { delete: id })
    // Each was renewed all the time, over every connection, until it was deleted.
    for (const [id, renewed] of await renewing) expect(Math.min(...renewed), id).toBeGreaterThan(0)
    for (const id of ids) expect(await read(store, id), id).toBeUndefined()
    expect(await store.listOwned('p', 'o')).toEqual([])
  })

  it('lose no increment, and give each its own number', async () => {
    const prefix = ownPrefix()
    const counted = await all<number>(await processes(prefix), ids.slice(0, 4), { deed: 'count', times: 500 })
    const numbers = Array.from({ length: 1000 }, (_, i) => i + 1)
    for (const results of counted.values()) expect([...results].sort((a, b) => a - b)).toEqual(numbers)
  })

  it('append without a gap', async () => {
    const prefix = ownPrefix()
    const appended = await all<number>(await processes(prefix), ['log'], { deed: 'append', times: 500 })
    const numbers = Array.from({ length: 1000 }, (_, i) => i + 1)
    expect([...appended.get('log')!].sort((a, b) => a - b)).toEqual(numbers)
    const store = await storeOn(server.url, { prefix })
    const { records, last } = await store.readSince('log', 0, { limit: 1000 })
    expect(records.map(({ index }) => index)).toEqual(numbers)
    expect(last).toBe(1000)
  })
})
