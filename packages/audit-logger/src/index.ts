export type { ActionOptions } from './action.ts'
export { auditLogger } from './audit-logger.ts'
export {
  checkpointsIn,
  checkpointsToFile,
  checkpointsToLog,
  checkpointsToStore,
  checkpointsToWebhook,
  type CheckpointSink,
  type WebhookOptions,
} from './away/sinks.ts'
export { httpWitness, type HttpWitnessOptions, type Witness } from './away/witness.ts'
export {
  auditCatalogue,
  type AuditCategory,
  type AuditEventType,
  type AuditSeverity,
  type CataloguedType,
  type CatalogueEntry,
} from './catalogue/catalogue.ts'
export type { AuditLogger } from './contract.ts'
export {
  Auditable,
  SecurityEvent,
  type AuditableMembers,
  type SecurityEventDecorator,
  type SecurityEventOptions,
} from './decorators.ts'
export { auditErrors, type AuditErrorCode } from './errors.ts'
export { exported, exportForms, type ExportFormat } from './export/export.ts'
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
export type { AccessEvent, AuthAttempt, AuthMethod } from './record/helpers.ts'
export type { AuditQuery } from './search/query.ts'
export { Search, type AuditPage, type PageOptions } from './search/search.ts'
export type { Forgotten } from './privacy.ts'
export type { AuditRoutesOptions } from './http/routes.ts'
export type { Hold } from './retention/holds.ts'
export type { Retained } from './retention/keeping.ts'
export type { RetentionOptions } from './retention/retention.ts'
export type { AuditLog, BackendSettings, LogBackend } from './log/backend.ts'
export { verifySource, type VerifySourceOptions } from './proof/verify-source.ts'
export { mergedRecords, type MergedRecord } from './search/merged.ts'
