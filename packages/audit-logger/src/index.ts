export type { ActionOptions } from './action.ts'
export { auditLogger, type AuditLogger } from './audit-logger.ts'
export {
  auditCatalogue,
  type AuditCategory,
  type AuditEventType,
  type AuditSeverity,
  type CataloguedType,
  type CatalogueEntry,
} from './catalogue/catalogue.ts'
export { auditErrors, type AuditErrorCode } from './errors.ts'
export { cosign, readVkey, signNote, vkeyOf, type NoteSigner, type NoteVerifier } from './merkle/note.ts'
export type { Checkpoint } from './merkle/checkpoint.ts'
export type { AuditLoggerOptions } from './options.ts'
export { checkConsistency, checkRecordProof, proveConsistency, proveRecord, type Proven } from './proof/prove.ts'
export { verifyLog, type AuditProblem, type VerifyOptions, type VerifyReport } from './proof/verify.ts'
export { readLog, type Entry, type LogSource, type ReadLogOptions } from './read/log-reader.ts'
export type {
  AuditChange,
  AuditedPerson,
  AuditEvent,
  AuditOrigin,
  AuditOutcome,
  AuditPerson,
  AuditReceipt,
  AuditRecord,
  AuditResource,
} from './record/event.ts'
