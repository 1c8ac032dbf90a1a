import type { AuditRecord } from '../record/event.ts'
import { flat } from './flat.ts'

const COLUMNS: readonly string[] = (
  'index time type outcome reason tenant actor actorIssuer onBehalfBy about resourceType resourceId ' +
  'address agent method path requestId traceId detail'
).split(' ')

export const csvHead: string = `${COLUMNS.join(',')}\r\n`

/** One line of CSV (RFC 4180). */
export function csvLine(record: AuditRecord): string {
  const fields: Record<string, unknown> = flat(record)
  return `${COLUMNS.map((name) => cell(fields[name])).join(',')}\r\n`
}

/**
 * A cell that no spreadsheet takes for a formula: what begins as one gets an apostrophe (OWASP, CSV injection), also after blanks and in
 * full width. Line breaks stand as `\n`, so that a record is a line.
 */
function cell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = (typeof value === 'string' ? value : JSON.stringify(value))
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
  const safe = /^[\s"]*[=+\-@\t|%＝＋－＠]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
