import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestClock, storeConformance } from '@sallyport/core/testing'
import { createSqliteStore } from '@sallyport/store-sqlite'
import { describe, it } from 'vitest'

const clock = createTestClock()

describe('createSqliteStore', () => {
  const cases = storeConformance({
    async create() {
      const folder = await mkdtemp(join(tmpdir(), 'sallyport-sqlite-'))
      const connect = () => createSqliteStore({ path: join(folder, 'store.db'), clock })
      const stores = [connect()]
      return {
        store: stores[0]!,
        async connect() {
          stores.push(connect())
          return stores.at(-1)!
        },
        async dispose() {
          for (const store of stores) await store.close()
          await rm(folder, { recursive: true })
        },
      }
    },
    async advance(milliseconds) {
      await clock.advance(milliseconds)
      // The clock is the test's, the writing threads are not.
      await sleep(5)
    },
  })

  it.each(cases.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run())
})
