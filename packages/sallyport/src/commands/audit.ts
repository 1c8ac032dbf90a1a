import { auditOptions, auditUsage, runAuditCommand } from '@sallyport/audit-logger/command'
import type { Command } from '../command.ts'

export const command: Command = {
  summary: 'verifies an audit log, proves records, exports, forgets a person',
  usage: auditUsage,
  options: auditOptions,
  run: ({ typed }, output) => runAuditCommand(typed, { ...output, onProgress: output.progress }),
}
