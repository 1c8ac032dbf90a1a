import type { AccountId } from '@sallyport/core'
import type { AuditEventType } from '../catalogue/catalogue.ts'

/** How it ended. `intent`: it is about to be tried, and a record of the outcome follows. */
export type AuditOutcome = 'success' | 'failure' | 'denied' | 'intent'

/** A person: whose personal fields are sealed under a key of their own, until they are forgotten. */
export interface AuditPerson {
  /** @default 'local' */
  readonly issuer?: string
  readonly tenant?: string
  readonly subject: string
}

/** What was acted on. Not personal: use an id that means nothing by itself, or `about`. */
export interface AuditResource {
  readonly type: string
  readonly id?: string
}

/** What an app records. Who and from where is taken from the request that is being served, unless it is said here. */
export interface AuditEvent {
  /** One of the catalogue, or the app's own: lower-case words with dots, such as `invoice.approved`. */
  readonly type: AuditEventType
  /** @default 'success' */
  readonly outcome?: AuditOutcome
  /** Why: a word of a closed set rather than a sentence. */
  readonly reason?: string
  readonly resource?: AuditResource
  /** Who did it; `null` for nobody, such as the system itself. @default the caller of the request */
  readonly actor?: AuditPerson | null
  /** Whom it is about, where that is another person than who did it: a patient, a customer. */
  readonly about?: AuditPerson
  /** Fields that name nobody; they stay when a person is forgotten. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Personal fields: sealed under the key of `about`, else of the actor. */
  readonly personal?: Readonly<Record<string, unknown>>
  /** State before and after: what differs is recorded, sealed as personal fields are. */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** Milliseconds since the Unix epoch. @default now */
  readonly time?: number
}

/** Where a request came from. Sealed under the actor's key. */
export interface AuditOrigin {
  readonly address?: string
  readonly agent?: string
  readonly path?: string
  readonly sid?: string
  readonly credential?: string
}

/** What became of a record. */
export interface AuditReceipt {
  /** Its place in the log, from 0. */
  readonly index: number
  /** Whether it has reached the disk; `false` only where the log was told not to wait for that. */
  readonly durable: boolean
}

/** A record as it is read again. */
export interface AuditRecord {
  readonly index: number
  readonly time: string
  readonly type: string
  readonly outcome: AuditOutcome
  readonly reason?: string
  readonly tenant?: string
  readonly roles?: readonly string[]
  readonly resource?: AuditResource
  readonly detail?: Readonly<Record<string, unknown>>
  readonly request?: { readonly id?: string; readonly method?: string; readonly trace?: string }
  /** Index of the intent that this is the outcome of. */
  readonly intent?: number
  readonly actor?: AuditedPerson
  /** Who acts for the actor. */
  readonly delegate?: AuditedPerson
  readonly about?: AuditedPerson
}

/** A person in a record. Of one who was forgotten nothing is left but a number that meant them. */
export interface AuditedPerson extends Partial<AccountId>, AuditOrigin {
  readonly ref: string
  readonly forgotten?: true
  readonly personal?: Readonly<Record<string, unknown>>
  readonly changes?: readonly AuditChange[]
}

/** One member that differs; its place is a JSON pointer (RFC 6901). */
export interface AuditChange {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}
