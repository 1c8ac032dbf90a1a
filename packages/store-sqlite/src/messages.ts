import type { Committed, LogPage, OwnedEntry, StoreEntry } from '@sallyport/core/store'
import type { Birth } from './birth.ts'
import type { SqliteErrorCode } from './errors.ts'

// What crosses between the app's thread and the writing one. Names are spelt as they are kept (`spell`); times to live are milliseconds.

/** What the writing thread is started with. */
export interface ThreadData {
  readonly path: string
  /** Counts the orders: the thread sleeps on it. */
  readonly bell: Int32Array
}

/** One step of a commit: a put if it has one, else a removal. */
export interface Step {
  readonly id: string
  readonly put?: { readonly value: Uint8Array; readonly ttl: number; readonly owner?: string }
  readonly if?: 'absent' | 'present'
  /** With `present`: only in this state. */
  readonly version?: string
}

/** A question that can be answered on any connection. */
export type Question =
  | { readonly do: 'get'; readonly partition: string; readonly id: string }
  | {
      readonly do: 'list'
      readonly partition: string
      readonly owner: string
      /** Least id, as it is spelt. */
      readonly from: string
      readonly limit: number
    }
  | { readonly do: 'read'; readonly log: string; readonly after: number; readonly limit: number }

/** What the writing thread does, each as a whole. */
export type Job =
  | Question
  | { readonly do: 'commit'; readonly partition: string; readonly steps: readonly Step[] }
  | {
      readonly do: 'increment'
      readonly partition: string
      readonly id: string
      readonly by: number
      readonly ttl: number
    }
  | { readonly do: 'append'; readonly log: string; readonly value: Uint8Array; readonly ttl: number }
  /** Removes what has ended, up to a number of each kind, and answers how many that were. */
  | { readonly do: 'sweep'; readonly most: number }
  /** Does nothing else than to open the file, and answers its birth. */
  | { readonly do: 'open' }

/** What questions are answered. */
export interface Answers {
  get: StoreEntry | undefined
  list: readonly OwnedEntry[]
  read: Omit<LogPage, 'generation'>
}

/** What jobs are answered. */
export interface Results extends Answers {
  commit: Committed
  increment: number | undefined
  append: number
  sweep: number
  open: Birth
}

/** Jobs that share one transaction. */
export interface Batch {
  /** By the store's clock. */
  readonly now: number
  readonly jobs: readonly Job[]
  /** Whether the WAL is to shrink to nothing afterwards, as far as others let it. */
  readonly tidy: boolean
}

/** What the writing thread is told. */
export type Order = Batch | 'close'

/** What became of a job: an answer once it is on the disk, or why there is none. */
export type Outcome = { readonly result: Results[keyof Results] } | { readonly code: SqliteErrorCode }

/** What became of a batch. */
export interface Reply {
  readonly outcomes: readonly Outcome[]
  /** Set when a file was opened since the last reply. */
  readonly birth: Birth | undefined
}
