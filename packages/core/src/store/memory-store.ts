import { systemClock, type Clock } from '../clock.ts'
import { acceptNumber, checkOptions, type OptionRules } from '../options.ts'
import type { Store } from './contract.ts'
import { defineStore } from './define-store.ts'
import { MemoryHints } from './memory-hints.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryValues } from './memory-values.ts'
import { Room } from './room.ts'

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  /** By whose time entries end. @default the machine's clock */
  readonly clock?: Clock
  /** Most entries, counters, logs and log records together; a sixteenth of it is for logs only. @default 1_000_000 */
  readonly maxEntries?: number
  /**
   * Most memory for all of them, in bytes, estimated with their names and what the engine adds; a sixteenth of it is for logs only.
   * @default 268_435_456 (256 MiB)
   */
  readonly maxBytes?: number
}

const rules: OptionRules<MemoryStoreOptions> = {
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.now === 'function' },
  maxEntries: acceptNumber('entries', 1, 100_000_000),
  maxBytes: acceptNumber('bytes', 1024, Number.MAX_SAFE_INTEGER),
}

/** Ended entries that a write removes along its way: more than it adds, so that what has ended never piles up. */
const SWEEP = 4

/** Ended entries that `cleanup` removes before it lets the event loop turn. */
const BATCH = 5000

/**
 * State in the memory of this process: bounded, gone when the process ends. The default, and right for tests and for an app of
 * one process that may forget.
 *
 * It runs no timer; what has ended leaves as the store is used. When it is full of what has not ended it refuses to take more
 * (ERR_STORE_UNAVAILABLE, 503) and forgets nothing.
 * @throws SecurityError ERR_OPTION
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  checkOptions<MemoryStoreOptions>('createMemoryStore', options, rules)
  const clock = options.clock ?? systemClock
  const generation = { id: crypto.randomUUID(), since: clock.now() }
  const room = new Room(options.maxEntries ?? 1_000_000, options.maxBytes ?? 268_435_456)
  const values = new MemoryValues(room, generation.id.slice(0, 8))
  const logs = new Map<string, MemoryLog>()
  const hints = new MemoryHints()

  // The methods are `async` although they wait for nothing: what they throw is then a rejection, as of every other store.
  return defineStore({
    kind: 'memory',
    durable: false,

    async generation() {
      return generation
    },

    async get(key) {
      return values.get(key, clock.now())
    },

    async commit(partition, changes) {
      return values.commit(partition, changes, sweep(changes.length))
    },

    async increment(key, by, ttl) {
      return values.increment(key, by, ttl, sweep(1))
    },

    async listOwned(partition, owner, after, limit) {
      return values.listOwned(partition, owner, after, limit, clock.now())
    },

    async append(name, value, ttl) {
      const now = sweep(1)
      let log = logs.get(name)
      if (log === undefined) logs.set(name, (log = new MemoryLog(room, name, now)))
      const index = log.append(value, ttl, now)
      hints.announce(name)
      return index
    },

    async readSince(name, after, limit) {
      const log = logs.get(name)
      const found = log?.read(after, limit, clock.now()) ?? []
      const more = found.length > limit
      return { generation: generation.id, records: more ? found.slice(0, limit) : found, last: log?.last ?? 0, more }
    },

    async subscribe(name, onHint) {
      return hints.subscribe(name, onHint)
    },

    async cleanup() {
      let count = 0
      for (;;) {
        const removed = room.expire(clock.now(), BATCH)
        count += removed
        if (removed < BATCH) return count
        await new Promise((resolve) => setImmediate(resolve))
      }
    },

    async close() {
      hints.clear()
      values.clear()
      logs.clear()
      room.clear()
    },
  })

  function sweep(changes: number): number {
    const now = clock.now()
    room.expire(now, SWEEP * Math.max(1, changes))
    return now
  }
}
