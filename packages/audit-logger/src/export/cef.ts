import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'
import { flat } from './flat.ts'
import { severityOf } from './severity.ts'

/** One line of ArcSight's Common Event Format, version 0 (CEF implementation standard, revision 26). */
export function cefLine(record: AuditRecord): string {
  const { type, outcome, time } = record
  const head = ['CEF:0', 'Sallyport', 'audit-logger', '1', type, entryOf(type).title, String(severityOf(record).cef)]
  const f = flat(record)
  const extension: Readonly<Record<string, unknown>> = {
    rt: Date.parse(time),
    outcome,
    reason: f.reason,
    suser: f.actor,
    duser: f.about,
    src: isIpv4(f.address) ? f.address : undefined,
    c6a2: isIpv4(f.address) ? undefined : f.address,
    c6a2Label: f.address === undefined || isIpv4(f.address) ? undefined : 'Source IPv6 Address',
    requestClientApplication: f.agent,
    requestMethod: f.method,
    request: f.path,
    externalId: f.index,
    cs1: f.resourceId,
    cs1Label: f.resourceId === undefined ? undefined : `resource (${f.resourceType ?? ''})`,
    cs2: f.requestId,
    cs2Label: f.requestId === undefined ? undefined : 'request id',
    cs3: f.tenant,
    cs3Label: f.tenant === undefined ? undefined : 'tenant',
    msg: f.detail === undefined ? undefined : JSON.stringify(f.detail),
  }
  const fields = Object.entries(extension).filter(([, value]) => value !== undefined)
  return `${head.map(headField).join('|')}|${fields.map(([name, value]) => `${name}=${extensionField(String(value))}`).join(' ')}\n`
}

/** In the head, backslashes and bars are escaped, and there are no line breaks. */
function headField(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n]+/g, ' ')
}

/** In the extension, backslashes, equals signs and line breaks are. */
function extensionField(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('=', '\\=').replaceAll('\r', '\\r').replaceAll('\n', '\\n')
}

function isIpv4(address: string | undefined): boolean {
  return address !== undefined && /^\d+\.\d+\.\d+\.\d+$/.test(address)
}
