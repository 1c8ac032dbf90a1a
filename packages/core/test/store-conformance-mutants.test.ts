import { describe, expect, it } from 'vitest'
import type { Change, Store } from '../src/store/contract.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { storeConformance } from '../src/testing/store-conformance.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

/** Each of these is a defect of a store that is in use somewhere. The suite must find every one. */
const defects: Readonly<Record<string, (store: Store) => Partial<Store>>> = {
  'a session that is saved after it was destroyed comes back (express-session, koa-session)': (store) => ({
    commit: (partition, changes) => store.commit(partition, changes.map((c) => ('put' in c && c.if === 'present' ? without(c) : c))),
  }),
  'single use is looked up first and removed then': (store) => ({
    async commit(partition, changes) {
      const [only] = changes
      if (changes.length !== 1 || !only || !('delete' in only) || only.if !== 'present') return store.commit(partition, changes)
      if ((await store.get({ partition, id: only.delete })) === undefined) return { ok: false, failed: 0 }
      return store.commit(partition, [without(only)])
    },
  }),
  'the steps of a commit are done one after the other': (store) => ({
    async commit(partition, changes) {
      const versions = []
      for (const [failed, change] of changes.entries()) {
        const step = await store.commit(partition, [change])
        if (!step.ok) return { ok: false, failed }
        versions.push(...step.versions)
      }
      return { ok: true, versions }
    },
  }),
  'a put without owner takes the entry out of its owner’s list': (store) => ({
    async commit(partition, changes) {
      const all = changes.map((c) => ('put' in c && c.owner === undefined ? { ...c, owner: '-' } : c))
      return store.commit(partition, all)
    },
  }),
  'a counter is read, changed and written': (store) => {
    const counts = new Map<string, number>()
    return {
      async increment({ partition, id }, by) {
        const count = counts.get(`${partition}/${id}`) ?? 0
        await Promise.resolve()
        counts.set(`${partition}/${id}`, count + by)
        return count + by
      },
    }
  },
  'an increment renews the counter’s life': (store) => {
    const bases = new Map<string, number>()
    return {
      async increment(key, by, { ttl }) {
        const name = `${key.partition}/${key.id}`
        const value = (bases.get(name) ?? 0) + by
        bases.set(name, value)
        await store.increment(key, by, { ttl })
        return value
      },
    }
  },
  'partition and id are joined with a colon': (store) => ({
    get: ({ partition, id }) => store.get({ partition: '', id: `${partition}:${id}` }),
    commit: (partition, changes) =>
      store.commit('', changes.map((c) => ('put' in c ? { ...c, put: `${partition}:${c.put}` } : { ...c, delete: `${partition}:${c.delete}` }))),
  }),
  'names are normalised (NFC)': (store) => ({
    get: ({ partition, id }) => store.get({ partition, id: id.normalize() }),
    commit: (partition, changes) =>
      store.commit(partition, changes.map((c) => ('put' in c ? { ...c, put: c.put.normalize() } : { ...c, delete: c.delete.normalize() }))),
  }),
  'values go through a text': (store) => ({
    commit: (partition, changes) =>
      store.commit(partition, changes.map((c) => ('put' in c ? { ...c, value: Buffer.from(Buffer.from(c.value).toString()) } : c))),
  }),
  'a page goes on behind an entry that must still be there': (store) => ({
    async listOwned(partition, owner, { after, limit } = {}) {
      const all = await store.listOwned(partition, owner, { limit: 10_000 })
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      return all.slice(from, from + (limit ?? 100))
    },
  }),
  'log records are published before those with lower numbers': (store) => ({
    async append(log, value, terms) {
      if (value.byteLength % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      const index = await store.append(log, value, terms)
      return index + 1
    },
  }),
  'a page of the log that goes on says that it does not': (store) => ({
    readSince: async (log, after, page) => ({ ...(await store.readSince(log, after, page)), more: false }),
  }),
  'nobody is told of an append': () => ({ subscribe: () => Promise.resolve(() => undefined) }),
  'a hint comes after its cancellation': (store) => ({
    async subscribe(log, onHint) {
      await store.subscribe(log, onHint)
      return () => undefined
    },
  }),
  'a wrong call is taken': (store) => ({
    commit: (partition, changes) =>
      store.commit(partition, changes.map((c) => ('put' in c && !(c.ttl >= 1) ? { ...c, ttl: 1 } : c))),
  }),
  'a closed store answers': (store) => ({ close: () => Promise.resolve(), generation: () => store.generation() }),
}

describe('the conformance suite finds', () => {
  for (const [name, defect] of Object.entries(defects)) {
    it(name, async () => {
      const clock = createTestClock()
      const suite = storeConformance({
        create() {
          const sound = createMemoryStore({ clock })
          const store = { ...sound, ...defect(sound) }
          return Promise.resolve({ store, connect: () => Promise.resolve(store), dispose: () => sound.close() })
        },
        advance: (milliseconds) => clock.advance(milliseconds),
      })
      const outcomes = await Promise.allSettled(suite.map(({ run }) => run()))
      expect(outcomes.filter(({ status }) => status === 'rejected')).not.toHaveLength(0)
    })
  }
})

function without<C extends Change>({ if: _, ...change }: C): Change {
  return change as Change
}
