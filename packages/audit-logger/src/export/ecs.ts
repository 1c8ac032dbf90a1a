import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditRecord } from '../record/event.ts'
import { flat } from './flat.ts'

const OUTCOME = { success: 'success', failure: 'failure', denied: 'failure', intent: 'unknown' } as const

/** An event of the Elastic Common Schema 8.17. */
export function ecsEvent(record: AuditRecord): Readonly<Record<string, unknown>> {
  const { type, outcome, time, index, request, tenant } = record
  const { ecs, title, category } = entryOf(type)
  const f = flat(record)
  return {
    '@timestamp': time,
    ecs: { version: '8.17.0' },
    event: {
      kind: 'event',
      category: [ecs[0]],
      type: [ecs[1]],
      action: type,
      outcome: OUTCOME[outcome],
      sequence: index,
      ...(record.reason && { reason: record.reason }),
      dataset: `sallyport.${category}`,
      provider: 'sallyport',
    },
    message: title,
    ...(f.actor !== undefined && {
      user: {
        id: f.actor,
        ...(f.actorIssuer !== undefined && { domain: f.actorIssuer }),
        ...(record.roles && { roles: record.roles }),
        ...(f.about !== undefined && { target: { id: f.about } }),
      },
    }),
    ...(f.address !== undefined && { source: { ip: f.address } }),
    ...(f.agent !== undefined && { user_agent: { original: f.agent } }),
    ...(request && { http: { request: { id: request.id, method: request.method } } }),
    ...(f.path !== undefined && { url: { path: f.path } }),
    ...(request?.trace && { trace: { id: request.trace } }),
    ...(tenant && { organization: { id: tenant } }),
    ...(record.detail && { labels: labelsOf(record.detail) }),
  }
}

/** Labels are keywords: whatever is deeper is written as JSON. */
function labelsOf(detail: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name.replaceAll('.', '_'),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}
