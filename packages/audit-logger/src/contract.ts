import type { Middleware } from '@sallyport/core'
import type { ActionOptions } from './action.ts'
import type { ExportFormat } from './export/export.ts'
import type { AuditRoutesOptions } from './http/routes.ts'
import type { Forgotten } from './privacy.ts'
import type { AccessEvent, AuthAttempt } from './record/helpers.ts'
import type { LogSource } from './read/log-reader.ts'
import type { AuditEvent, AuditPerson, AuditReceipt, AuditRecord } from './record/event.ts'
import type { Hold } from './retention/holds.ts'
import type { Retained } from './retention/keeping.ts'
import type { AuditQuery } from './search/query.ts'
import type { AuditPage, PageOptions } from './search/search.ts'

/** An audit log that is being written. */
export interface AuditLogger {
  /**
   * Records an event. Who did it and from where is taken from the request that is being served. The receipt comes once the disk has the
   * record; whoever need not know that does not wait.
   * @throws SecurityError ERR_AUDIT_UNAVAILABLE, ERR_AUDIT_LOCKED, ERR_AUDIT_DAMAGED, ERR_AUDIT_OVERLOADED, ERR_AUDIT_CLOSED (503),
   *   ERR_AUDIT_EVENT (500)
   */
  record(event: AuditEvent): Promise<AuditReceipt>
  /** Records a login of the app's own, or an attempt at one. */
  authAttempt(attempt: AuthAttempt): Promise<AuditReceipt>
  /** Records a decision of the app's own about who may do what. */
  access(event: AccessEvent): Promise<AuditReceipt>
  /**
   * A middleware that records what happens on a route, with its outcome. For a strict type the intent is on the disk before the handler
   * runs, and the outcome before the response ends; else the request is refused with 503.
   */
  action(type: AuditEvent['type'], options?: ActionOptions): Middleware
  /**
   * Runs something and records its outcome: what it answers is a success, what it throws a failure. For a strict type the intent is on
   * the disk before.
   */
  around<Result>(event: AuditEvent, act: () => Result | Promise<Result>): Promise<Awaited<Result>>
  /**
   * The same, but what answers at once does so still; for a strict type the answer is always a promise.
   */
  call(event: AuditEvent, act: () => unknown): unknown
  /**
   * Ready routes: `audit-logs` (the caller's own records), and for who has the permission `audit-logs/all`, `export`, proofs, checkpoint
   * and tiles.
   * @throws SecurityError ERR_OPTION, ERR_PORT_ABSENT
   */
  routes(options?: AuditRoutesOptions): Middleware
  /** One page of what is found, the newest first. */
  search(query?: AuditQuery, page?: PageOptions): Promise<AuditPage>
  /** All that is found, in a form of others, in pieces of text. As much memory as one piece, however much it is. */
  export(format: ExportFormat, query?: AuditQuery): AsyncGenerator<string>
  /** Signs the state of the log now. Answers the checkpoint: a signed note. */
  checkpoint(): Promise<string>
  /**
   * A proof that a record is in the log, which anyone can check offline with `checkRecordProof`.
   * @throws SecurityError ERR_AUDIT_NOT_FOUND (404)
   */
  prove(index: number): Promise<string>
  /** Signs with a new key from now on. Answers its verifier key, for those who trust the old one. */
  rotateSigningKey(): Promise<{ readonly vkey: string }>
  /**
   * Destroys the key of a person (GDPR, article 17): what records hold of them can be read by nobody any more, wherever copies are;
   * every proof still holds. That it happened is recorded, not whom it concerned.
   */
  forget(person: AuditPerson): Promise<Forgotten>
  /** All that is recorded of a person (GDPR, articles 15 and 20). That is recorded, too. */
  exportSubject(person: AuditPerson): AsyncGenerator<AuditRecord>
  /** Deletes and compresses what is past its time. It is done once a day by itself; what is deleted is recorded first. */
  retain(): Promise<Retained>
  /** Sets a legal hold: nothing is deleted until it is lifted, or ends. Recorded. */
  hold(name: string, hold?: Hold): Promise<AuditReceipt>
  /** Lifts a legal hold. Recorded. */
  release(name: string): Promise<AuditReceipt>
  /** The log, for reading. */
  source(): Promise<LogSource>
  /** Hears of each record that was written, without what is sealed. Answers how to stop. */
  onRecord(listener: (record: AuditRecord) => void): () => void
  /** Whether the log can be written, and how many records wait. */
  health(): { readonly healthy: boolean; readonly waiting: number }
  /** Waits until all that was recorded is written. */
  flush(): Promise<void>
  /** Ends recording. The environment does it when it closes. */
  close(): Promise<void>
}
