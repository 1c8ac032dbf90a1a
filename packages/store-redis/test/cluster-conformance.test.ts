import { storeConformance } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedisCluster, type TestCluster } from '../../../test/servers/index.ts'
import { clusterKinds } from './support/clients.ts'
import { harnessOf } from './support/harness.ts'
import { keysWithoutEnd } from './support/keys.ts'
import { ownPrefix } from './support/store.ts'

let cluster: TestCluster
const prefix = ownPrefix()

beforeAll(async () => void (cluster = await startRedisCluster()))
afterAll(() => cluster.stop())

describe.each(clusterKinds)('a store over $name keeps the contract', ({ connect }) => {
  const harness = harnessOf(() => connect(cluster.urls), { prefix })
  describe.concurrent('', () => {
    for (const { name, run } of storeConformance(harness)) it(name, run)
  })
})

describe('what the whole suite has left behind', () => {
  it('all comes to an end by itself', async () => {
    const { keys, endless } = await keysWithoutEnd(cluster.urls, prefix)
    expect(keys).toBeGreaterThan(100)
    expect(endless).toEqual([])
  })
})
