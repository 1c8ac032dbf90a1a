import type { AuditErrorCode } from '../errors.ts'
import type { PersonId } from '../vault/person.ts'

// What crosses between the app's thread and the writing one.

/** What a log is opened with. Keys as bytes: the thread makes its own of them. */
export interface LogSettings {
  readonly directory: string
  readonly origin: string
  /** For the keys of persons, and of segments where they are sealed. */
  readonly logKey: Uint8Array
  /** PKCS #8 in DER; the first is the current one, all sign. */
  readonly signingKeys: readonly Uint8Array[]
  readonly encrypt: boolean
  readonly segmentBytes: number
  /** Whether to wait until the disk has it. */
  readonly sync: boolean
  /** Of this writer, in the lock. */
  readonly mark: string
}

/** As whom a person is in a record. */
export type PersonRole = 'actor' | 'delegate' | 'about'

/** A person's part of a record, to be sealed. */
export interface PersonPart {
  readonly as: PersonRole
  readonly person: PersonId
  /** Canonical JSON. */
  readonly fields: string
}

/** A record on its way. */
export interface Draft {
  /** The open part, in canonical JSON. */
  readonly line: string
  /** The parts of persons, one line each, before it; what crosses to the thread is one text. */
  readonly people: string
}

/** Many drafts. As text, because copying one string takes a tenth of what copying objects does. */
export interface DraftBatch {
  readonly text: string
  readonly count: number
  /** Whether there is a person in it. */
  readonly people: boolean
}

/** What the writing thread does, one at a time. */
export type Order =
  | { readonly do: 'open' }
  | { readonly do: 'append'; readonly batch: DraftBatch }
  | { readonly do: 'checkpoint' }
  | { readonly do: 'forget'; readonly person: PersonId }
  | { readonly do: 'prune'; readonly before: number }
  | { readonly do: 'archive'; readonly before: number }
  | { readonly do: 'sign-with'; readonly signingKeys: readonly Uint8Array[] }
  | { readonly do: 'close' }

/** How a log was found. */
export interface Opened {
  readonly size: number
  /** Set where a torn end was cut. */
  readonly cut?: { readonly bytes: number; readonly sha256: string; readonly segment: string }
}

/** What orders are answered. */
export interface Results {
  open: Opened
  append: { readonly first: number; readonly opened?: Opened }
  checkpoint: { readonly note: string; readonly size: number }
  forget: { readonly ref?: string }
  prune: { readonly segments: number; readonly size: number }
  archive: { readonly segments: number }
  'sign-with': { readonly size: number }
  close: { readonly size: number }
}

/** What became of an order. */
export type Reply =
  | { readonly result: Results[Order['do']] }
  | { readonly code: AuditErrorCode; readonly message: string; readonly system?: string }
