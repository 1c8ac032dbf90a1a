import { OVERHEAD, type Kept } from './room.ts'
import { SortedIds } from './sorted-ids.ts'

/** What changes together: entries and counters under their ids, and who owns which entry. */
export class Partition {
  readonly entries: Map<string, Entry> = new Map<string, Entry>()
  readonly counters: Map<string, Counter> = new Map<string, Counter>()
  readonly owned: Map<string, SortedIds> = new Map<string, SortedIds>()
  readonly #whenEmpty: () => void

  constructor(whenEmpty: () => void) {
    this.#whenEmpty = whenEmpty
  }

  /** Lists an entry under an owner, and no longer under the one before. */
  own(entry: Entry, owner: string | undefined): void {
    if (entry.owner === owner) return
    if (entry.owner !== undefined) {
      const ids = this.owned.get(entry.owner)!
      ids.delete(entry.id)
      if (ids.empty) this.owned.delete(entry.owner)
    }
    entry.owner = owner
    if (owner === undefined) return
    let ids = this.owned.get(owner)
    if (ids === undefined) this.owned.set(owner, (ids = new SortedIds()))
    ids.add(entry.id)
  }

  settle(): void {
    if (this.entries.size === 0 && this.counters.size === 0) this.#whenEmpty()
  }
}

abstract class Member implements Kept {
  readonly partition: Partition
  readonly id: string
  size: number
  expiresAt: number
  slot = -1

  constructor(partition: Partition, id: string, size: number, expiresAt: number) {
    this.partition = partition
    this.id = id
    this.size = size
    this.expiresAt = expiresAt
  }

  abstract leave(): void
}

const nothing = new Uint8Array()

/** A value. */
export class Entry extends Member {
  value: Uint8Array = nothing
  version = 0
  owner: string | undefined = undefined

  leave(): void {
    this.partition.own(this, undefined)
    this.partition.entries.delete(this.id)
    this.partition.settle()
  }
}

/** A counter. */
export class Counter extends Member {
  count = 0

  leave(): void {
    this.partition.counters.delete(this.id)
    this.partition.settle()
  }
}

/** Estimate of the memory that an entry or a counter takes, in bytes. */
export function sizeOf(partition: string, id: string, owner = '', value: Uint8Array = nothing): number {
  return OVERHEAD + 2 * (partition.length + id.length + owner.length) + value.byteLength
}
