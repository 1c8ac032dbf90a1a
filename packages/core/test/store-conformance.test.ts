import { randomBytes } from 'node:crypto'
import { describe, it } from 'vitest'
import { createKeyRing, type KeyRing } from '../src/sealing/key-ring.ts'
import type { Store } from '../src/store/contract.ts'
import { withDeadline } from '../src/store/deadline.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { sealedStore } from '../src/store/sealed-store.ts'
import { storeConformance } from '../src/testing/store-conformance.ts'
import type { StoreHarness } from '../src/testing/store-harness.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

describe('the memory store keeps the contract', () => {
  for (const { name, run } of storeConformance(harness((store) => store))) it(name, run)
})

describe('a store with a deadline keeps the contract', () => {
  for (const { name, run } of storeConformance(harness((store) => withDeadline(store)))) it(name, run)
})

describe('a sealed store keeps the contract', () => {
  const keyRing = createKeyRing({ keys: [{ id: 'a', key: randomBytes(32) }] })
  for (const { name, run } of storeConformance(harness((store) => sealedStore(store, { keyRing })))) it(name, run)
})

describe('a store that is sealed by a key ring of promises keeps the contract', () => {
  const local = createKeyRing({ keys: [{ id: 'a', key: randomBytes(32) }] })
  let calls = 0
  // Answers out of order, as a service does.
  const turns = async (): Promise<void> => {
    for (let left = calls++ % 3; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
  }
  const keyRing: KeyRing = {
    seal: async (...given) => (await turns(), local.seal(...given)),
    open: async (...given) => (await turns(), local.open(...given)),
  }
  for (const { name, run } of storeConformance(harness((store) => sealedStore(store, { keyRing })))) it(name, run)
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
