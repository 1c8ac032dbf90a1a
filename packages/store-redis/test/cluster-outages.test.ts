import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startRedisCluster, type TestCluster } from '../../../test/servers/index.ts'
import { clusterKinds } from './support/clients.ts'
import { LONG, storeOver } from './support/store.ts'

let cluster: TestCluster
beforeAll(async () => void (cluster = await startRedisCluster()))
afterAll(() => cluster.stop())

/** Of which each node has some. */
const counters = Array.from({ length: 30 }, (_, i) => ({ partition: `p${String(i)}`, id: 'n' }))

/** What comes of an increment of each, in the time of a request. */
function countAll(store: Store): Promise<string[]> {
  const count = (one: (typeof counters)[number]): Promise<string> =>
    store.increment(one, 1, { ttl: LONG }).then(
      () => 'counted',
      () => 'refused',
    )
  return Promise.all(counters.map((one) => Promise.race([count(one), sleep(250, 'refused')])))
}

async function expectAllCounted(store: Store): Promise<void> {
  await expect.poll(async () => new Set(await countAll(store)), { timeout: 15_000 }).toEqual(new Set(['counted']))
}

describe.each(clusterKinds)('$name', ({ connect }) => {
  async function storeOf(): Promise<Store> {
    const { client, end } = await connect(cluster.urls)
    onTestFinished(end)
    const store = storeOver({ client })
    await expectAllCounted(store)
    return store
  }

  /** Asks for a while that is longer than a call may take. */
  async function expectSomeCounted(store: Store): Promise<void> {
    for (let i = 0; i < 6; i++) {
      const answers = await countAll(store)
      expect(answers.filter((answer) => answer === 'counted').length).toBeGreaterThan(10)
      expect(answers.filter((answer) => answer === 'refused').length).toBeGreaterThan(3)
      await sleep(150)
    }
  }

  it('serves from the other nodes while one is gone, and from it when it is back', async () => {
    const store = await storeOf()
    await cluster.nodes[1]!.kill()
    await expectSomeCounted(store)
    await cluster.nodes[1]!.restart()
    await expectAllCounted(store)
  })

  it('serves from the other nodes while one stands still, and from it when it goes on', async () => {
    const store = await storeOf()
    cluster.nodes[1]!.pause()
    await expectSomeCounted(store)
    cluster.nodes[1]!.resume()
    await expectAllCounted(store)
  })
})
