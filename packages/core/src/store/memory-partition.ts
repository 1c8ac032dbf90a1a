import { flat } from './flat.ts'
import type { Kept } from './room.ts'
import { SortedIds } from './sorted-ids.ts'

// Measured on Node 20 and 24, with what maps and heap keep in reserve, and rounded up. Each entry is counted as if it were alone in
// its partition and its owner's only one, as sessions of many accounts are.
const ENTRY = 500
const PARTITION = 400
const OWNER = 400

/** What changes together: entries and counters under their ids, and who owns which entry. */
export class Partition {
  readonly name: string
  readonly entries: Map<string, Entry> = new Map()
  readonly #siblings: Map<string, Partition>
  // Made when needed: three maps for each of a million accounts weigh more than what is in them.
  #counters: Map<string, Counter> | undefined
  #owned: Map<string, SortedIds> | undefined

  /** `siblings`: where it is kept, and taken out of when it is empty. */
  constructor(siblings: Map<string, Partition>, name: string) {
    this.name = flat(name)
    this.#siblings = siblings
    siblings.set(this.name, this)
  }

  get counters(): Map<string, Counter> {
    return (this.#counters ??= new Map())
  }

  /** The ids of an owner, if there are any. */
  idsOf(owner: string): SortedIds | undefined {
    return this.#owned?.get(owner)
  }

  /** Lists an entry under an owner, and no longer under the one before. */
  own(entry: Entry, owner: string | undefined): void {
    if (entry.owner === owner) return
    const before = entry.owner === undefined ? undefined : this.idsOf(entry.owner)
    before?.delete(entry.id)
    if (before?.empty === true) this.#owned?.delete(entry.owner!)
    entry.owner = owner
    if (owner === undefined) return
    let ids = this.idsOf(owner)
    if (ids === undefined) (this.#owned ??= new Map()).set(flat(owner), (ids = new SortedIds()))
    ids.add(entry.id)
  }

  /** Takes itself away when nothing is left in it. */
  settle(): void {
    const counters = this.#counters?.size ?? 0
    if (this.entries.size === 0 && counters === 0) this.#siblings.delete(this.name)
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
    this.id = flat(id)
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
export function sizeOf(partition: string, id: string, owner?: string, value: Uint8Array = nothing): number {
  const owned = owner === undefined ? 0 : OWNER + 2 * owner.length
  return ENTRY + PARTITION + 2 * (partition.length + id.length) + owned + value.byteLength
}
