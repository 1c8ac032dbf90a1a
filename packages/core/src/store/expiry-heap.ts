/** Something that ends. `slot` belongs to the heap that holds it. */
export interface Expiring {
  expiresAt: number
  slot: number
}

/**
 * What ends first, found without a scan and without a timer: a binary heap whose items know their place, so that one that is
 * renewed or removed leaves nothing behind.
 */
export class ExpiryHeap<Item extends Expiring> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: Item): void {
    this.#rise(item, this.#items.length)
  }

  /** Gives an item that is held another end. */
  renew(item: Item, expiresAt: number): void {
    const later = expiresAt > item.expiresAt
    item.expiresAt = expiresAt
    if (later) this.#sink(item, item.slot)
    else this.#rise(item, item.slot)
  }

  remove(item: Item): void {
    const { slot } = item
    item.slot = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    if (last.expiresAt > item.expiresAt) this.#sink(last, slot)
    else this.#rise(last, slot)
  }

  /** The item that ends first, if it has ended. It stays held. */
  due(now: number): Item | undefined {
    const first = this.#items[0]
    return first !== undefined && first.expiresAt <= now ? first : undefined
  }

  clear(): void {
    this.#items.length = 0
  }

  #rise(item: Item, from: number): void {
    let slot = from
    while (slot > 0) {
      const above = (slot - 1) >> 1
      const other = this.#items[above]!
      if (other.expiresAt <= item.expiresAt) break
      this.#place(other, slot)
      slot = above
    }
    this.#place(item, slot)
  }

  #sink(item: Item, from: number): void {
    const { length } = this.#items
    let slot = from
    for (;;) {
      let below = 2 * slot + 1
      if (below >= length) break
      if (below + 1 < length && this.#items[below + 1]!.expiresAt < this.#items[below]!.expiresAt) below++
      const other = this.#items[below]!
      if (other.expiresAt >= item.expiresAt) break
      this.#place(other, slot)
      slot = below
    }
    this.#place(item, slot)
  }

  #place(item: Item, slot: number): void {
    this.#items[slot] = item
    item.slot = slot
  }
}
