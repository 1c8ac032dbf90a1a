import type { Cancel } from '../clock.ts'

/**
 * Where an entry lives. Keys of one `partition` are kept together (one slot of a Redis Cluster), so
 * that they can change together. Any Unicode string without lone surrogates is a valid part, up to the lengths in
 * `storeLimits`; the parts are never joined ambiguously.
 */
export interface StoreKey {
  readonly partition: string
  readonly id: string
}

/** An opaque mark of one state of one entry. It never repeats, also when the entry is deleted and made anew. */
export type Version = string

/** What a store holds under a key. */
export interface StoreEntry {
  /** The bytes that were written; the caller's own copy. */
  readonly value: Uint8Array
  readonly version: Version
}

/**
 * What must be true of the entry for a change to happen.
 * - `absent`: there is no such entry (create; single use).
 * - `present`: there is one (an update that never brings a deleted entry back).
 * - `{ version }`: it is in exactly that state (compare-and-set).
 */
export type Condition = 'absent' | 'present' | { readonly version: Version }

/** Writes a value. */
export interface Put {
  readonly put: string
  readonly value: Uint8Array
  /** Time to live in milliseconds, at least 1. There are no entries without an end. */
  readonly ttl: number
  readonly if?: Condition
  /**
   * Lists the entry under this owner, for `listOwned`. Replaces the owner that it had. Without one, an entry that is there keeps the
   * owner it has: who only renews a session cannot thereby hide it from its user's list.
   */
  readonly owner?: string
}

/** Removes an entry. Without a condition it succeeds whether there is one or not. */
export interface Delete {
  readonly delete: string
  readonly if?: Exclude<Condition, 'absent'>
}

/** One step of an atomic change. */
export type Change = Put | Delete

/** What became of an atomic change: all of it, or nothing of it and the first step whose condition failed. */
export type Committed =
  | {
      readonly ok: true
      /** The new version by step; `undefined` for a delete. */ readonly versions: readonly (Version | undefined)[]
    }
  | { readonly ok: false; /** Index of the step whose condition did not hold. */ readonly failed: number }

/** One entry of an owner's list. */
export interface OwnedEntry extends StoreEntry {
  readonly id: string
}

/** One record of a log. */
export interface LogRecord {
  /** 1 for the first; each next is one more, without a gap. */
  readonly index: number
  readonly value: Uint8Array
}

/** A stretch of a log. */
export interface LogPage {
  /** The store's generation at this read: when it differs from the last one seen, everything is gone. */
  readonly generation: string
  /** Records after the asked index that have not expired, oldest first. */
  readonly records: readonly LogRecord[]
  /** Index of the newest record ever appended, 0 for none. */
  readonly last: number
  /** True when there are more records than `limit` let through. */
  readonly more: boolean
}

/** A store's birth. A store that has lost everything comes back with another one. */
export interface Generation {
  /** Random; never repeats. */
  readonly id: string
  /** When it began, in milliseconds since the Unix epoch. Whatever was issued before is not known to this store. */
  readonly since: number
}

/**
 * The one contract for all state. Small on purpose: what is compound is a `commit`.
 *
 * Every method rejects with a `SecurityError` of status 503 when the store cannot answer; it never
 * answers with a guess. A write that is rejected so may have happened. A wrong call is ERR_OPTION (500) and changes
 * nothing. Expired entries are as if they had never been.
 */
export interface Store {
  /** `memory`, `sqlite`, `redis`, `postgres` … */
  readonly kind: string
  /** Whether what was acknowledged survives the end of the process. */
  readonly durable: boolean

  generation(): Promise<Generation>

  get(key: StoreKey): Promise<StoreEntry | undefined>

  /** Applies all changes or none of them. Every step is of the one partition; no id may occur twice. */
  commit(partition: string, changes: readonly Change[]): Promise<Committed>

  /**
   * Adds to a counter and answers its new value. A counter begins at 0, lives `ttl` milliseconds from its
   * first increment, and shares no keys with values.
   */
  increment(key: StoreKey, by: number, options: { readonly ttl: number }): Promise<number>

  /**
   * The live entries of an owner within a partition, ordered by id (by UTF-16 code unit), in time proportional to
   * what that owner has. Continue with `after`: the last id seen.
   */
  listOwned(
    partition: string,
    owner: string,
    options?: { readonly after?: string; /** @default 100 */ readonly limit?: number },
  ): Promise<readonly OwnedEntry[]>

  /**
   * Appends to a log and answers the record's index. Whoever has read up to an index has read all that
   * will ever be at or below it. A record may be dropped after `ttl` milliseconds.
   */
  append(log: string, value: Uint8Array, options: { readonly ttl: number }): Promise<number>

  readSince(log: string, after: number, options?: { /** @default 1000 */ readonly limit?: number }): Promise<LogPage>

  /**
   * Calls `onHint` some time after an append, from this process or another. A hint only: hints get lost,
   * come twice or late. Whoever must know reads with `readSince` on a timer too.
   */
  subscribe(log: string, onHint: () => void): Promise<Cancel>

  /** Removes what has expired and answers how much that was. Stores do so by themselves as well. */
  cleanup(): Promise<number>

  close(): Promise<void>
}
