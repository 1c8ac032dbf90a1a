export { auditOptions, auditUsage, runAuditCommand, type CommandOutput } from './run.ts'
