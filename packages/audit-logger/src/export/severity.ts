import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'

/** How grave a record is, on the scales of other formats. */
export interface Severities {
  /** OCSF 1.5.0, `severity_id`. */
  readonly ocsf: 1 | 2 | 3 | 4
  /** ArcSight CEF, 0 to 10. */
  readonly cef: number
  /** RFC 5424, section 6.2.1. */
  readonly syslog: number
}

const scales = {
  info: { ocsf: 1, cef: 2, syslog: 6 },
  notice: { ocsf: 2, cef: 4, syslog: 5 },
  warning: { ocsf: 3, cef: 6, syslog: 4 },
  alert: { ocsf: 4, cef: 9, syslog: 1 },
} as const

/** A failure or denial is at least a warning. */
export function severityOf({ type, outcome }: AuditRecord): Severities {
  const { severity } = entryOf(type)
  const grave = severity === 'warning' || severity === 'alert'
  return scales[!grave && (outcome === 'denied' || outcome === 'failure') ? 'warning' : severity]
}
