import type { AuditRecord } from '../record/event.ts'
import { cefLine } from './cef.ts'
import { csvHead, csvLine } from './csv.ts'
import { ecsEvent } from './ecs.ts'
import { ocsfEvent } from './ocsf.ts'
import { syslogLine } from './syslog.ts'

/** In which form records are given away. */
export type ExportFormat = 'jsonl' | 'csv' | 'ocsf' | 'ecs' | 'cef' | 'syslog'

interface Form {
  readonly contentType: string
  readonly extension: string
  readonly head: string
  line(record: AuditRecord): string
}

/** The forms by name. */
export const exportForms: Readonly<Record<ExportFormat, Form>> = {
  jsonl: form('application/jsonl', 'jsonl', (record) => `${JSON.stringify(record)}\n`),
  csv: { ...form('text/csv; charset=utf-8; header=present', 'csv', csvLine), head: csvHead },
  ocsf: form('application/jsonl', 'ocsf.jsonl', (record) => `${JSON.stringify(ocsfEvent(record))}\n`),
  ecs: form('application/jsonl', 'ecs.jsonl', (record) => `${JSON.stringify(ecsEvent(record))}\n`),
  cef: form('text/plain; charset=utf-8', 'cef', cefLine),
  syslog: form('text/plain; charset=utf-8', 'log', syslogLine),
}

/** About as much as is given at once, in characters. */
const CHUNK = 65_536

/** Records in a form, in pieces of text that are ready to be written; no more of them is made than is taken. */
export async function* exported(records: AsyncIterable<AuditRecord>, format: ExportFormat): AsyncGenerator<string> {
  const { head, line } = exportForms[format]
  let text = head
  for await (const record of records) {
    text += line(record)
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

function form(contentType: string, extension: string, line: Form['line']): Form {
  return { contentType, extension, head: '', line }
}
