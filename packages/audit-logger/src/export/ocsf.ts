import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'
import { flat, nameOf } from './flat.ts'
import { severityOf } from './severity.ts'

/** The version of the Open Cybersecurity Schema Framework that events are made in. Later ones deprecate two of its classes. */
const OCSF_VERSION = '1.5.0'

const STATUS = { success: 1, failure: 2, denied: 2, intent: 99 } as const

/** An event of OCSF 1.5.0. */
export function ocsfEvent(record: AuditRecord): Readonly<Record<string, unknown>> {
  const { type, outcome, time, index, actor, about, resource, request, tenant } = record
  const { ocsf, title } = entryOf(type)
  const [classUid, activityId] = ocsf
  const user = actor && { user: userOf(actor) }
  const f = flat(record)
  return {
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'audit-logger', vendor_name: 'Sallyport' },
      uid: String(index),
      event_code: type,
      ...(request?.trace && { correlation_uid: request.trace }),
      ...(tenant && { tenant_uid: tenant }),
    },
    time: Date.parse(time),
    class_uid: classUid,
    category_uid: Math.floor(classUid / 1000),
    activity_id: activityId,
    ...(activityId === 99 && { activity_name: title }),
    type_uid: classUid * 100 + activityId,
    severity_id: severityOf(record).ocsf,
    status_id: STATUS[outcome],
    ...(outcome === 'intent' && { status: 'Intent' }),
    ...(record.reason && { status_detail: record.reason }),
    message: title,
    ...(user && { actor: user }),
    ...subjectOf(classUid, record),
    ...(f.address !== undefined && { src_endpoint: { ip: f.address } }),
    ...(request && {
      http_request: {
        ...(request.id && { uid: request.id }),
        ...(request.method && { http_method: request.method }),
        ...(f.agent !== undefined && { user_agent: f.agent }),
        ...(f.path !== undefined && { url: { path: f.path } }),
      },
    }),
    unmapped: {
      ...(about && { about: nameOf(about) }),
      ...(resource && { resource }),
      ...(record.detail && { detail: record.detail }),
    },
  }
}

/** What each class demands besides. */
function subjectOf(classUid: number, { actor, about, resource, detail, type }: AuditRecord): object {
  const user = userOf(about ?? actor)
  const named = { name: resource?.type ?? type, ...(resource?.id !== undefined && { uid: resource.id }) }
  switch (classUid) {
    case 3001:
    case 3002:
    case 3003:
      return { user }
    case 3004:
      return { entity: { ...named, type: resource?.type ?? 'policy' } }
    case 3005:
      return { user, privileges: [textOf(detail?.['role']) ?? resource?.id ?? 'unknown'] }
    case 6001:
      return { web_resources: [named] }
    case 6003:
      return { api: { operation: type }, actor: actor ? { user: userOf(actor) } : { app_name: 'sallyport' } }
    case 6005:
      return {
        actor: actor ? { user: userOf(actor) } : { app_name: 'sallyport' },
        database: { ...named, type_id: 99, type: 'app' },
      }
    default:
      return {
        vulnerabilities: [{ title: textOf(detail?.['rule']) ?? type, desc: textOf(detail?.['message']) ?? type }],
      }
  }
}

function userOf(person: AuditRecord['actor']): object {
  const { subject, ref, issuer } = person ?? {}
  return { uid: subject ?? ref ?? 'unknown', ...(issuer !== undefined && { domain: issuer }) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
