import { storeConformance } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisForTests, type SharedServer } from '../../../test/servers/index.ts'
import { clientKinds } from './support/clients.ts'
import { harnessOf } from './support/harness.ts'
import { keysWithoutEnd } from './support/keys.ts'
import { ownPrefix } from './support/store.ts'

let server: SharedServer
const prefix = ownPrefix()

beforeAll(async () => void (server = await redisForTests()))
afterAll(() => server.stop())

describe.each(clientKinds)('a store over $name keeps the contract', ({ connect }) => {
  const harness = harnessOf(() => connect(server.url), { prefix })
  describe.concurrent('', () => {
    for (const { name, run } of storeConformance(harness)) it(name, run)
  })
})

describe('what the whole suite has left behind', () => {
  it('all comes to an end by itself', async () => {
    const { keys, endless } = await keysWithoutEnd([server.url], prefix)
    expect(keys).toBeGreaterThan(100)
    expect(endless).toEqual([])
  })
})
