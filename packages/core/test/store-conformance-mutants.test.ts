import { describe, expect, it } from 'vitest'
import type { Change, Generation, LogRecord, Put, Store } from '../src/store/contract.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { storeConformance } from '../src/testing/store-conformance.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

interface Defect {
  readonly name: string
  /** The case that is there to find it. */
  readonly foundBy: string
  readonly make: (sound: Store) => Partial<Store>
}

/** Each of these is a defect of a store that is in use somewhere, or is easily made. */
const defects: readonly Defect[] = [
  {
    name: 'an update that brings a destroyed session back (express-session, koa-session)',
    foundBy: 'never brings a deleted entry back by an update in flight',
    make: (sound) => ({ commit: eachPut(sound, (put) => (put.if === 'present' ? unconditional(put) : put)) }),
  },
  {
    name: 'single use that is looked up first and removed then',
    foundBy: 'gives a single-use entry to one of 100 takers',
    make: (sound) => ({
      async commit(partition, changes) {
        const [only] = changes
        if (changes.length !== 1 || !only || !('delete' in only) || only.if !== 'present')
          return sound.commit(partition, changes)
        if ((await sound.get({ partition, id: only.delete })) === undefined) return { ok: false, failed: 0 }
        return sound.commit(partition, [{ delete: only.delete }])
      },
    }),
  },
  {
    name: 'a commit that does its steps one after the other',
    foundBy: 'applies nothing of a commit when any step fails, and names the first that did',
    make: (sound) => ({
      async commit(partition, changes) {
        const versions = []
        for (const [failed, change] of changes.entries()) {
          const step = await sound.commit(partition, [change])
          if (!step.ok) return { ok: false, failed }
          versions.push(...step.versions)
        }
        return { ok: true, versions }
      },
    }),
  },
  {
    name: 'a put without owner that takes the entry out of its list',
    foundBy: 'moves an entry to the owner that a put names, and keeps it where a put names none',
    make: (sound) => ({ commit: eachPut(sound, (put) => ({ owner: 'nobody at all', ...put })) }),
  },
  {
    name: 'versions that are counted per entry',
    foundBy: 'never repeats a version: a state that came back is another one (ABA)',
    make: (sound) => ({
      async commit(partition, changes) {
        const done = await sound.commit(partition, changes)
        return done.ok ? { ok: true, versions: done.versions.map((version) => version && '1') } : done
      },
    }),
  },
  {
    name: 'a counter that is read, changed and written',
    foundBy: 'loses no increment, and gives each its own number',
    make() {
      let count = 0
      return {
        async increment(_, by) {
          const read = count
          await Promise.resolve()
          return (count = read + by)
        },
      }
    },
  },
  {
    name: 'an increment that renews the counter’s life',
    foundBy: 'ends a counter after the life that its first increment gave, whatever came later',
    make(sound) {
      const counts = new Map<string, number>()
      return {
        async increment({ partition, id }, by) {
          await sound.get({ partition, id })
          const count = (counts.get(partition + id) ?? 0) + by
          counts.set(partition + id, count)
          return count
        },
      }
    },
  },
  {
    name: 'partition and id joined with a colon',
    foundBy: 'joins the parts of a key without ambiguity',
    make: (sound) => ({
      get: ({ partition, id }) => sound.get({ partition: '', id: `${partition}:${id}` }),
      commit: (partition, changes) =>
        sound.commit(
          '',
          changes.map((one) => renamed(one, (id) => `${partition}:${id}`)),
        ),
    }),
  },
  {
    name: 'names that are normalised (NFC)',
    foundBy: 'keeps all ids apart, whatever is in them',
    make: (sound) => ({
      get: ({ partition, id }) => sound.get({ partition, id: id.normalize() }),
      commit: (partition, changes) =>
        sound.commit(
          partition,
          changes.map((one) => renamed(one, (id) => id.normalize())),
        ),
    }),
  },
  {
    name: 'values that go through a text',
    foundBy: 'keeps every byte value, and nothing at all',
    make: (sound) => ({
      commit: eachPut(sound, (put) => ({ ...put, value: Buffer.from(Buffer.from(put.value).toString()) })),
    }),
  },
  {
    name: 'values that are cut where a message of the protocol ends',
    foundBy: 'keeps values of several mebibytes, by themselves, together and in lists',
    make: (sound) => ({
      commit: eachPut(sound, (put) => ({ ...put, value: put.value.subarray(0, 2 ** 20) })),
    }),
  },
  {
    name: 'a life in 32 bits',
    foundBy: 'keeps lives that are no whole milliseconds, and the longest there is',
    make: (sound) => ({
      commit: eachPut(sound, (put) => (put.ttl >= 1 ? { ...put, ttl: Math.max(1, put.ttl | 0) } : put)),
    }),
  },
  {
    name: 'a commit that a server takes in parts',
    foundBy: 'keeps as many changes of one commit as there may be',
    make: (sound) => ({
      commit: (partition, changes) =>
        sound.commit(partition, changes.length === 1000 ? changes.slice(0, 999) : changes),
    }),
  },
  {
    name: 'a counter of 64 bits that answers in 53',
    foundBy: 'refuses an increment past what a number can say exactly, and keeps the count',
    make(sound) {
      const counts = new Map<string, number>()
      return {
        async increment(key, by, terms) {
          await sound.increment({ partition: 'checks', id: '' }, by, terms).catch((error: Error) => {
            if (!error.message.includes('keeps the counter')) throw error
          })
          const name = JSON.stringify(key)
          counts.set(name, (counts.get(name) ?? 0) + by)
          return counts.get(name)!
        },
      }
    },
  },
  {
    name: 'names without their control characters',
    foundBy: 'keeps ids apart that differ in one character, of every kind there is',
    make: (sound) => ({
      commit: (partition, changes) =>
        sound.commit(
          partition,
          changes.map((one) => renamed(one, (id) => id.replaceAll(/[\u0080-\u009f]/g, '?'))),
        ),
    }),
  },
  {
    name: 'a generation that everybody makes who finds none',
    foundBy: 'is born once, also when many ask at once who are the first',
    make(sound) {
      let born: Generation | undefined
      const generation = async (): Promise<Generation> => {
        if (born !== undefined) return born
        await Promise.resolve()
        return (born = { ...(await sound.generation()), id: crypto.randomUUID() })
      }
      return {
        generation,
        readSince: async (...given) => ({
          ...(await sound.readSince(...given)),
          generation: (await generation()).id,
        }),
      }
    },
  },
  {
    name: 'channels whose names are cut (PostgreSQL, at 63 bytes)',
    foundBy: 'hints at logs of any name',
    make: (sound) => ({ subscribe: (log, onHint) => sound.subscribe(log.slice(0, 63), onHint) }),
  },
  {
    name: 'a hint that is sent before what it hints at',
    foundBy: 'hints at a record when it can be read, not before',
    make(sound) {
      const listeners = new Set<() => void>()
      return {
        async append(log, value, terms) {
          for (const onHint of listeners) onHint()
          await new Promise((resolve) => setImmediate(resolve))
          return sound.append(log, value, terms)
        },
        async subscribe(_, onHint) {
          listeners.add(onHint)
          return () => void listeners.delete(onHint)
        },
      }
    },
  },
  {
    name: 'a cancellation that ends every subscription to the log',
    foundBy: 'ends one subscription of several to a log, and no other',
    make(sound) {
      const cancels = new Map<string, (() => void)[]>()
      return {
        async subscribe(log, onHint) {
          const mine = cancels.get(log) ?? []
          cancels.set(log, mine)
          mine.push(await sound.subscribe(log, onHint))
          return () => {
            for (const cancel of mine.splice(0)) cancel()
          }
        },
      }
    },
  },
  {
    name: 'a page that goes on behind an entry which must still be there',
    foundBy: 'pages by `after`, which needs not be there any more',
    make: (sound) => ({
      async listOwned(partition, owner, { after, limit = 100 } = {}) {
        const all = await sound.listOwned(partition, owner, { limit: 10_000 })
        const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
        return all.slice(from, from + limit)
      },
    }),
  },
  {
    name: 'a log whose numbers are given before its records are seen (a sequence in PostgreSQL)',
    foundBy: 'has no gap and loses nothing for a reader who follows concurrent appenders',
    make(sound) {
      const records: LogRecord[] = []
      let last = 0
      return {
        async append(_, value) {
          const index = ++last
          for (let turns = (index % 3) * 3; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
          records.push({ index, value })
          return index
        },
        async readSince(_, after, { limit = 1000 } = {}) {
          const { id: generation } = await sound.generation()
          const found = records.filter(({ index }) => index > after).sort((a, b) => a.index - b.index)
          return { generation, records: found.slice(0, limit), last, more: found.length > limit }
        },
      }
    },
  },
  {
    name: 'a page of the log that goes on and says that it does not',
    foundBy: 'pages by index, and says when there is more',
    make: (sound) => ({
      readSince: async (log, after, page) => ({ ...(await sound.readSince(log, after, page)), more: false }),
    }),
  },
  {
    name: 'subscribers whom nobody tells',
    foundBy: 'hints at appends of every connection, until cancelled',
    make: () => ({ subscribe: () => Promise.resolve(() => undefined) }),
  },
  {
    name: 'a hint after its cancellation',
    foundBy: 'hints at appends of every connection, until cancelled',
    make: (sound) => ({
      async subscribe(log, onHint) {
        await sound.subscribe(log, onHint)
        return () => undefined
      },
    }),
  },
  {
    name: 'a life of nothing that is taken for a short one',
    foundBy: 'refuses a wrong call with ERR_OPTION, and nothing of it happens',
    make: (sound) => ({ commit: eachPut(sound, (put) => (put.ttl >= 1 ? put : { ...put, ttl: 1 })) }),
  },
  {
    name: 'a closed store that answers',
    foundBy: 'answers 503 to every call once it is closed, and closes only once',
    make: () => ({ close: () => Promise.resolve() }),
  },
]

describe('the conformance suite finds', () => {
  for (const { name, foundBy, make } of defects) {
    it(name, async () => {
      const clock = createTestClock()
      const suite = storeConformance({
        create() {
          const sound = createMemoryStore({ clock })
          const store = { ...sound, ...make(sound) }
          return Promise.resolve({ store, connect: () => Promise.resolve(store), dispose: () => sound.close() })
        },
        advance: (milliseconds) => clock.advance(milliseconds),
      })
      const outcomes = await Promise.allSettled(suite.map(({ run }) => run()))
      const found = suite.filter((_, i) => outcomes[i]!.status === 'rejected').map((one) => one.name)
      expect(found).toContain(foundBy)
    })
  }
})

function eachPut(sound: Store, change: (put: Put) => Put): Store['commit'] {
  return (partition, changes) =>
    sound.commit(
      partition,
      changes.map((one) => ('put' in one ? change(one) : one)),
    )
}

function unconditional({ put, value, ttl }: Put): Put {
  return { put, value, ttl }
}

function renamed(change: Change, rename: (id: string) => string): Change {
  return 'put' in change ? { ...change, put: rename(change.put) } : { ...change, delete: rename(change.delete) }
}
