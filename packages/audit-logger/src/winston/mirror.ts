import { severityOf } from '../export/severity.ts'
import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditLogger } from '../contract.ts'

/** As much of a winston logger as is used. */
export interface MirrorTarget {
  log(entry: Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string }): unknown
}

const LEVELS: Readonly<Record<number, string>> = { 1: 'error', 4: 'warn', 5: 'info', 6: 'info' }

/**
 * Sends each record on to a winston logger, and so to any of its transports, once it is durable. What is sealed is not sent: there it could
 * not be forgotten. Answers how to stop.
 */
export function mirrorTo(audit: Pick<AuditLogger, 'onRecord'>, logger: MirrorTarget): () => void {
  return audit.onRecord((record) => {
    // With syslog's levels winston has a word for each number; with its own, three.
    logger.log({
      level: LEVELS[severityOf(record).syslog] ?? 'info',
      message: entryOf(record.type).title,
      audit: record,
    })
  })
}
