import type { StoreEntry, StoreKey } from './store/contract.ts'

/** Something remembered. */
interface Held {
  readonly entry: StoreEntry
  /** When it was asked for, in milliseconds since the Unix epoch. */
  readonly asked: number
  readonly order: number
  readonly size: number
}

/** Those who now read one key. */
interface Readers {
  count: number
  changes: number
}

/** One reading, from its question to its answer. */
export interface Reading {
  readonly name: string
  readonly readers: Readers
  readonly changes: number
  readonly asked: number
  readonly order: number
}

/** What an entry takes besides its names and bytes, roughly. */
const OVERHEAD = 300

/** Entries as they were last read, the least recently read leaving first. What this process changes is forgotten. */
export class RecallCache {
  readonly #most: { readonly entries: number; readonly bytes: number }
  readonly #held = new Map<string, Held>()
  readonly #reading = new Map<string, Readers>()
  #bytes = 0
  #order = 0

  constructor(maxEntries: number, maxBytes: number) {
    this.#most = { entries: maxEntries, bytes: maxBytes }
  }

  begin({ partition, id }: StoreKey, asked: number): Reading {
    const name = nameOf(partition, id)
    const readers = this.#reading.get(name) ?? { count: 0, changes: 0 }
    if (readers.count++ === 0) this.#reading.set(name, readers)
    return { name, readers, changes: readers.changes, asked, order: this.#order++ }
  }

  /** The store has answered: remembers that, unless the answer may have been overtaken. */
  answered(reading: Reading, entry: StoreEntry | undefined): void {
    this.leave(reading)
    const { name, asked, order } = reading
    if (reading.changes !== reading.readers.changes) return
    const before = this.#held.get(name)
    if (before !== undefined && before.order > order) return
    this.#drop(name)
    if (entry === undefined) return
    const size = OVERHEAD + 2 * name.length + entry.value.byteLength
    if (size > this.#most.bytes) return
    this.#held.set(name, { entry: copyOf(entry), asked, order, size })
    this.#bytes += size
    while (this.#held.size > this.#most.entries || this.#bytes > this.#most.bytes)
      this.#drop(this.#held.keys().next().value!)
  }

  /** The store has not answered. */
  leave({ name, readers }: Reading): void {
    if (--readers.count === 0) this.#reading.delete(name)
  }

  find({ partition, id }: StoreKey): { readonly entry: StoreEntry; readonly asked: number } | undefined {
    const held = this.#held.get(nameOf(partition, id))
    return held && { entry: copyOf(held.entry), asked: held.asked }
  }

  /** A key is being changed: what is remembered of it, and what is being read, no longer holds. */
  forget(partition: string, id: string): void {
    const name = nameOf(partition, id)
    this.#drop(name)
    const readers = this.#reading.get(name)
    if (readers !== undefined) readers.changes++
  }

  clear(): void {
    this.#held.clear()
    this.#bytes = 0
    for (const readers of this.#reading.values()) readers.changes++
  }

  #drop(name: string): void {
    const held = this.#held.get(name)
    if (held === undefined) return
    this.#held.delete(name)
    this.#bytes -= held.size
  }
}

function nameOf(partition: string, id: string): string {
  return `${partition.length} ${partition}${id}`
}

/** A caller may do with its bytes what it likes. */
function copyOf({ value, version }: StoreEntry): StoreEntry {
  return { value: new Uint8Array(value), version }
}
