import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'
import { flat, nameOf } from './flat.ts'
import { severityOf } from './severity.ts'

/** The version of the Open Cybersecurity Schema Framework that events are made in. Later ones deprecate two of its classes. */
const OCSF_VERSION = '1.5.0'

/** Values of `http_method`; PATCH is none in 1.5.0. */
const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'TRACE'])

const STATUS = { success: 1, failure: 2, denied: 2, intent: 99 } as const

/** An event of OCSF 1.5.0. */
export function ocsfEvent(record: AuditRecord): Readonly<Record<string, unknown>> {
  const { type, outcome, time, index, actor, about, resource, request, tenant } = record
  const { ocsf, title } = entryOf(type)
  const [classUid, activityId] = ocsf
  const { http, endpoint } = requestOf(record)
  // A finding has no request (OCSF 1.5.0, class 2002); an activity must say where it came from (6003, 6005).
  const isFinding = classUid === 2002
  const needsEndpoint = classUid === 6003 || classUid === 6005
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
    // Of a finding: that it is new.
    status_id: isFinding ? 1 : STATUS[outcome],
    ...(!isFinding && outcome === 'intent' && { status: 'Intent' }),
    ...(record.reason && { status_detail: record.reason }),
    message: title,
    ...(actor && { actor: { user: userOf(actor) } }),
    ...subjectOf(classUid, record),
    ...(!isFinding && http && { http_request: http }),
    ...(!isFinding && endpoint && { src_endpoint: endpoint }),
    ...(needsEndpoint && endpoint === undefined && { src_endpoint: { name: 'unknown' } }),
    unmapped: {
      ...(request?.method && !METHODS.has(request.method) && { http_method: request.method }),
      ...(isFinding && http && { http_request: http }),
      ...(isFinding && endpoint && { src_endpoint: endpoint }),
      ...(about && { about: nameOf(about) }),
      ...(resource && { resource }),
      ...(record.detail && { detail: record.detail }),
    },
  }
}

function requestOf(record: AuditRecord): { readonly http?: object; readonly endpoint?: object } {
  const { request } = record
  const { address, agent, path } = flat(record)
  const http = request && {
    ...(request.id && { uid: request.id }),
    ...(METHODS.has(request.method ?? '') && { http_method: request.method }),
    ...(agent !== undefined && { user_agent: agent }),
    ...(path !== undefined && { url: { path } }),
  }
  return { ...(http && { http }), ...(address && { endpoint: { ip: address } }) }
}

/** What each class demands besides. */
function subjectOf(classUid: number, record: AuditRecord): object {
  const { actor, about, resource, detail, type } = record
  const user = userOf(about ?? actor)
  const named = { name: resource?.type ?? type, ...(resource?.id !== undefined && { uid: resource.id }) }
  switch (classUid) {
    case 3001:
      return { user }
    case 3002:
      return { user, service: { name: textOf(detail?.['service']) ?? resource?.type ?? 'app' } }
    case 3003:
      return { user, privileges: privilegesOf(record) }
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
    default: {
      const uid = textOf(detail?.['rule']) ?? type
      const about = { uid, title: uid, desc: textOf(detail?.['message']) ?? type }
      return { finding_info: { uid, title: uid }, vulnerabilities: [{ title: uid, desc: about.desc, advisory: about }] }
    }
  }
}

/** What was asked for, by the names that permissions have here. */
function privilegesOf({ detail, resource, type }: AuditRecord): readonly string[] {
  const { permissions, permission } = detail ?? {}
  const list = Array.isArray(permissions) ? permissions.filter((one) => typeof one === 'string') : []
  return list.length > 0 ? list : [textOf(permission) ?? resource?.type ?? type]
}

function userOf(person: AuditRecord['actor']): object {
  const { subject, ref, issuer } = person ?? {}
  return { uid: subject ?? ref ?? 'unknown', ...(issuer !== undefined && { domain: issuer }) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
