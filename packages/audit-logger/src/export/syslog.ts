import { hostname } from 'node:os'
import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'
import { flat } from './flat.ts'
import { severityOf } from './severity.ts'

/** Facility 13: log audit. */
const FACILITY = 13

/** The enterprise number that RFC 5612 leaves for documents; ours has none. */
const SD_ID = 'audit@32473'

/** One line of syslog (RFC 5424), with the fields as structured data. */
export function syslogLine(record: AuditRecord): string {
  const priority = FACILITY * 8 + severityOf(record).syslog
  const fields = Object.entries(flat(record))
    .filter(([name]) => name !== 'time' && name !== 'type')
    .map(([name, value]) => `${name}="${parameter(typeof value === 'string' ? value : JSON.stringify(value))}"`)
  const data = `[${SD_ID} ${fields.join(' ')}]`
  const head = `<${priority}>1 ${record.time} ${printable(hostname(), 255)} sallyport - ${printable(record.type, 32)}`
  return `${head} ${data} ${entryOf(record.type).title}\n`
}

/** Quotes, backslashes and closing brackets are escaped (section 6.3.3); line breaks would be another message. */
function parameter(text: string): string {
  return text
    .replaceAll(/["\\\]]/g, '\\$&')
    .replaceAll(/[\u0000-\u001f]/g, (c) => `\\\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function printable(text: string, most: number): string {
  return text.replaceAll(/[^\u0021-\u007e]/g, '').slice(0, most) || '-'
}
