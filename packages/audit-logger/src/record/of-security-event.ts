import type { SecurityEvent } from '@sallyport/core'
import { entryOf } from '../catalogue/catalogue.ts'
import type { AuditEvent, AuditOutcome, AuditPerson } from './event.ts'

/**
 * What is recorded of a security event. Of its detail only what the catalogue knows to name nobody stays in the open; an account in it is
 * whom the event is about.
 */
export function auditEventOf(event: SecurityEvent): AuditEvent {
  const { type, time } = event
  const detail = event.detail as Readonly<Record<string, unknown>>
  const { open = [] } = entryOf(type)
  const inOpen: Record<string, unknown> = {}
  const personal: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(detail)) {
    if (name === 'account' || value === undefined) continue
    if (open.includes(name) || typeof value === 'boolean') inOpen[name] = value
    else personal[name] = value
  }
  const about = personIn(detail['account'])
  const reason = detail['code'] ?? detail['reason']
  // Published outside a request it is nobody's doing, unless it names one.
  const actor = event.exchange === undefined ? (about ?? null) : undefined
  return {
    type,
    time,
    outcome: outcomeOf(type, detail),
    ...(typeof reason === 'string' && { reason }),
    ...(actor !== undefined && { actor }),
    ...(about && actor === undefined && { about }),
    ...(Object.keys(inOpen).length > 0 && { detail: inOpen }),
    ...(Object.keys(personal).length > 0 && { personal }),
  }
}

function outcomeOf(type: string, detail: Readonly<Record<string, unknown>>): AuditOutcome {
  if (type.endsWith('.refused')) return 'denied'
  if (type.endsWith('.failed')) return 'failure'
  if (detail['granted'] === false || detail['allowed'] === false) return 'denied'
  for (const name of ['success', 'applied', 'healthy', 'accepted', 'valid'])
    if (detail[name] === false) return 'failure'
  return 'success'
}

function personIn(value: unknown): AuditPerson | undefined {
  const { issuer, tenant, subject } = Object(value) as Partial<AuditPerson>
  if (typeof subject !== 'string' || subject === '') return undefined
  return { subject, ...(typeof issuer === 'string' && { issuer }), ...(typeof tenant === 'string' && { tenant }) }
}
