import type { Cancel } from '../clock.ts'
import type { Change, Committed, Generation, LogPage, OwnedEntry, StoreEntry, StoreKey } from './contract.ts'

/**
 * What the author of a store writes; `defineStore` makes a `Store` of it. Every argument has been checked, every default is filled in,
 * and nothing is called after `close`. Whatever a method throws becomes ERR_STORE_UNAVAILABLE (503); the message stays of a SecurityError of status 503.
 *
 * The promises are those of `Store`; `storeConformance()` of `@sallyport/core/testing` tells whether they are kept. Times to live are
 * whole milliseconds.
 */
export interface StoreDriver {
  /** `memory`, `sqlite`, `redis`, `postgres` … Small letters, digits and `-`. */
  readonly kind: string
  /** Whether what was acknowledged survives the end of the process. */
  readonly durable: boolean

  generation(): Promise<Generation>

  get(key: StoreKey): Promise<StoreEntry | undefined>

  /** All of the changes or none. There may be none to make; no id occurs twice. */
  commit(partition: string, changes: readonly Change[]): Promise<Committed>

  /** Answers `undefined`, and changes nothing, when the counter would leave the safe integers. */
  increment(key: StoreKey, by: number, ttl: number): Promise<number | undefined>

  listOwned(partition: string, owner: string, after: string | undefined, limit: number): Promise<readonly OwnedEntry[]>

  append(log: string, value: Uint8Array, ttl: number): Promise<number>

  readSince(log: string, after: number, limit: number): Promise<LogPage>

  /**
   * A subscription lasts through lost connections by itself. `onHint` never throws, and does nothing once the subscription or the store has
   * ended. `Cancel` is called once at most.
   */
  subscribe(log: string, onHint: () => void): Promise<Cancel>

  cleanup(): Promise<number>

  /** Called once at most. */
  close(): Promise<void>
}
