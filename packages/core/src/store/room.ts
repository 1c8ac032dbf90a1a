import { ExpiryHeap, type Expiring } from './expiry-heap.ts'
import { storeUnavailable } from './unavailable.ts'

/** Something that a memory store holds until it ends. */
export interface Kept extends Expiring {
  /** Estimate of the memory that it takes, in bytes. */
  size: number
  /** Takes it out of wherever it can be found. */
  leave(): void
}

/**
 * A sixteenth of the room is for logs only: whoever fills the store with sessions must not thereby stop one from being revoked.
 */
const FOR_LOGS = 1 / 16

/** The bounded memory of one store: how much there is, what is in it, and what leaves it first. */
export class Room {
  readonly #heap = new ExpiryHeap<Kept>()
  readonly #most: { readonly entries: number; readonly bytes: number }
  #entries = 0
  #bytes = 0

  constructor(maxEntries: number, maxBytes: number) {
    this.#most = { entries: maxEntries, bytes: maxBytes }
  }

  /** Takes room for something that never ends. */
  occupy(size: number): void {
    this.#entries++
    this.#bytes += size
  }

  admit(kept: Kept): void {
    this.occupy(kept.size)
    this.#heap.add(kept)
  }

  renew(kept: Kept, expiresAt: number, size: number): void {
    this.#bytes += size - kept.size
    kept.size = size
    this.#heap.renew(kept, expiresAt)
  }

  release(kept: Kept): void {
    this.#entries--
    this.#bytes -= kept.size
    this.#heap.remove(kept)
    kept.leave()
  }

  /** Removes what has ended, up to a number; answers how much it was. */
  expire(now: number, most: number): number {
    let count = 0
    for (; count < most; count++) {
      const kept = this.#heap.due(now)
      if (kept === undefined) break
      this.release(kept)
    }
    return count
  }

  /**
   * Makes sure that so much more fits, by removing what has ended. What has not ended is never evicted: a session list or a
   * used code that silently disappears is a hole.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  require(entries: number, bytes: number, now: number, forLog = false): void {
    const share = forLog ? 1 : 1 - FOR_LOGS
    const mostEntries = this.#most.entries * share
    const mostBytes = this.#most.bytes * share
    while ((entries > 0 && this.#entries + entries > mostEntries) || (bytes > 0 && this.#bytes + bytes > mostBytes)) {
      if (this.expire(now, 1) === 0) {
        throw storeUnavailable(
          'The memory store is full; raise maxEntries or maxBytes, or use a store outside the process',
        )
      }
    }
  }

  clear(): void {
    this.#heap.clear()
    this.#entries = 0
    this.#bytes = 0
  }
}
