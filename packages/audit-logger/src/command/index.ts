export { auditUsage, runAuditCommand, type CommandOutput } from './run.ts'
