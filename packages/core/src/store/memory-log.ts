import type { LogRecord } from './contract.ts'
import type { Kept, Room } from './room.ts'

/** Records that have left are swept from the list when there are more of them than this and than of the others. */
const FEW = 32

/** Memory that a record takes besides its bytes. Measured on Node 20 and 24, rounded up. */
const OVERHEAD = 400

class Item implements Kept {
  readonly log: MemoryLog
  readonly index: number
  readonly size: number
  readonly expiresAt: number
  value: Uint8Array | undefined
  slot = -1

  constructor(log: MemoryLog, index: number, value: Uint8Array, expiresAt: number) {
    this.log = log
    this.index = index
    this.value = value
    this.size = OVERHEAD + value.byteLength
    this.expiresAt = expiresAt
  }

  leave(): void {
    this.value = undefined
    this.log.drop()
  }
}

/** One log of a memory store. Its numbers never begin anew, also when all its records have ended. */
export class MemoryLog {
  readonly #room: Room
  #items: Item[] = []
  #left = 0
  #last = 0

  constructor(room: Room, name: string, now: number) {
    const size = OVERHEAD + 2 * name.length
    room.require(1, size, now, true)
    room.occupy(size)
    this.#room = room
  }

  get last(): number {
    return this.#last
  }

  append(value: Uint8Array, ttl: number, now: number): number {
    this.#room.require(1, OVERHEAD + value.byteLength, now, true)
    const item = new Item(this, this.#last + 1, new Uint8Array(value), now + ttl)
    this.#items.push(item)
    this.#room.admit(item)
    return ++this.#last
  }

  /** The records after an index that have not ended, one more than `limit` where there are more. */
  read(after: number, limit: number, now: number): LogRecord[] {
    const records: LogRecord[] = []
    for (let at = this.#firstAfter(after); at < this.#items.length && records.length <= limit; at++) {
      const { index, value, expiresAt } = this.#items[at]!
      if (value !== undefined && expiresAt > now) records.push({ index, value: new Uint8Array(value) })
    }
    return records
  }

  /** One record has left. What ended before its neighbours leaves too: one long-lived record must not hold a million others. */
  drop(): void {
    this.#left++
    if (this.#left <= FEW || this.#left * 2 < this.#items.length) return
    this.#items = this.#items.filter((item) => item.value !== undefined)
    this.#left = 0
  }

  #firstAfter(index: number): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#items[middle]!.index <= index) low = middle + 1
      else high = middle
    }
    return low
  }
}
