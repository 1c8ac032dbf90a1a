import { describe, it } from 'vitest'
import type { Store } from '../src/store/contract.ts'
import { withDeadline } from '../src/store/deadline.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { storeConformance } from '../src/testing/store-conformance.ts'
import type { StoreHarness } from '../src/testing/store-harness.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

describe('the memory store keeps the contract', () => {
  for (const { name, run } of storeConformance(harness((store) => store))) it(name, run)
})

describe('a store with a deadline keeps the contract', () => {
  for (const { name, run } of storeConformance(harness((store) => withDeadline(store)))) it(name, run)
})

function harness(wrap: (store: Store) => Store): StoreHarness {
  const clock = createTestClock()
  return {
    create() {
      const store = wrap(createMemoryStore({ clock }))
      return Promise.resolve({ store, connect: () => Promise.resolve(store), dispose: () => store.close() })
    },
    advance: (milliseconds) => clock.advance(milliseconds),
  }
}
