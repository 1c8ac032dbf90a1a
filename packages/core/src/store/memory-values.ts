import type { Change, Committed, Condition, OwnedEntry, Put, StoreEntry, StoreKey, Version } from './contract.ts'
import { idOf } from './input.ts'
import { Counter, Entry, Partition, sizeOf } from './memory-partition.ts'
import type { Room } from './room.ts'

/** Entries, counters and owner indexes of a memory store. Every method is one synchronous step, hence atomic. */
export class MemoryValues {
  readonly #partitions = new Map<string, Partition>()
  readonly #room: Room
  readonly #stamp: string
  #versions = 0

  /** `stamp` marks the versions of this store, so that they repeat none of another life of the process. */
  constructor(room: Room, stamp: string) {
    this.#room = room
    this.#stamp = stamp
  }

  get(key: StoreKey, now: number): StoreEntry | undefined {
    const entry = this.#live(this.#partitions.get(key.partition), key.id, now)
    return entry && this.#copyOf(entry)
  }

  commit(name: string, changes: readonly Change[], now: number): Committed {
    const partition = this.#partitions.get(name)
    const found = changes.map((change) => this.#live(partition, idOf(change), now))
    const failed = changes.findIndex((change, i) => !this.#holds(change.if, found[i]))
    if (failed !== -1) return { ok: false, failed }
    this.#makeRoom(name, changes, found, now)
    const versions = changes.map((change, i) => {
      const entry = found[i]
      if ('put' in change) return this.#put(name, change, entry, now)
      if (entry) this.#room.release(entry)
      return undefined
    })
    return { ok: true, versions }
  }

  increment(key: StoreKey, by: number, ttl: number, now: number): number | undefined {
    const present = this.#partitions.get(key.partition)?.counters.get(key.id)
    if (present && present.expiresAt > now) {
      if (!Number.isSafeInteger(present.count + by)) return undefined
      return (present.count += by)
    }
    if (present) this.#room.release(present)
    const size = sizeOf(key.partition, key.id)
    this.#room.require(1, size, now)
    const partition = this.#open(key.partition)
    const counter = new Counter(partition, key.id, size, now + ttl)
    counter.count = by
    partition.counters.set(counter.id, counter)
    this.#room.admit(counter)
    return by
  }

  listOwned(name: string, owner: string, after: string | undefined, limit: number, now: number): readonly OwnedEntry[] {
    const partition = this.#partitions.get(name)
    const listed: OwnedEntry[] = []
    for (const id of partition?.idsOf(owner)?.after(after) ?? []) {
      const entry = partition!.entries.get(id)!
      if (entry.expiresAt <= now) continue
      listed.push({ id, ...this.#copyOf(entry) })
      if (listed.length === limit) break
    }
    return listed
  }

  clear(): void {
    this.#partitions.clear()
  }

  /** The entry, if it has not ended. One that has ended is removed on the way. */
  #live(partition: Partition | undefined, id: string, now: number): Entry | undefined {
    const entry = partition?.entries.get(id)
    if (entry === undefined || entry.expiresAt > now) return entry
    this.#room.release(entry)
    return undefined
  }

  #holds(condition: Condition | undefined, entry: Entry | undefined): boolean {
    if (condition === undefined) return true
    if (condition === 'absent') return entry === undefined
    if (entry === undefined) return false
    return condition === 'present' || condition.version === this.#versionOf(entry)
  }

  #makeRoom(name: string, changes: readonly Change[], found: readonly (Entry | undefined)[], now: number): void {
    let entries = 0
    let bytes = 0
    for (const [i, change] of changes.entries()) {
      const entry = found[i]
      if (entry) bytes -= entry.size
      if ('put' in change) bytes += sizeOf(name, change.put, change.owner ?? entry?.owner, change.value)
      if ('put' in change && !entry) entries++
      if (!('put' in change) && entry) entries--
    }
    this.#room.require(entries, bytes, now)
  }

  #put(name: string, put: Put, present: Entry | undefined, now: number): Version {
    const owner = put.owner ?? present?.owner
    const size = sizeOf(name, put.put, owner, put.value)
    const expiresAt = now + put.ttl
    // A copy also of what is a view: `slice` of a Buffer would share its memory.
    const value = new Uint8Array(put.value)
    const version = ++this.#versions
    if (present) {
      present.partition.own(present, owner)
      present.value = value
      present.version = version
      this.#room.renew(present, expiresAt, size)
      return this.#versionOf(present)
    }
    const partition = this.#open(name)
    const entry = new Entry(partition, put.put, size, expiresAt)
    entry.value = value
    entry.version = version
    partition.entries.set(entry.id, entry)
    partition.own(entry, owner)
    this.#room.admit(entry)
    return this.#versionOf(entry)
  }

  #open(name: string): Partition {
    return this.#partitions.get(name) ?? new Partition(this.#partitions, name)
  }

  #copyOf(entry: Entry): StoreEntry {
    return { value: new Uint8Array(entry.value), version: this.#versionOf(entry) }
  }

  // Kept as a number and spelt when asked for: a million strings would weigh more than what they mark.
  #versionOf(entry: Entry): Version {
    return `${this.#stamp}.${entry.version.toString(36)}`
  }
}
