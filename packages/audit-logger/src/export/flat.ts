import type { AuditedPerson, AuditRecord } from '../record/event.ts'

/** A record without depth, as tables have it. */
export interface FlatRecord {
  readonly index: number
  readonly time: string
  readonly type: string
  readonly outcome: string
  readonly reason?: string
  readonly tenant?: string
  readonly actor?: string
  readonly actorIssuer?: string
  readonly onBehalfBy?: string
  readonly about?: string
  readonly resourceType?: string
  readonly resourceId?: string
  readonly address?: string
  readonly agent?: string
  readonly method?: string
  readonly path?: string
  readonly requestId?: string
  readonly traceId?: string
  readonly detail?: unknown
}

export function flat(record: AuditRecord): Readonly<Record<string, unknown>> & FlatRecord {
  const { index, time, type, outcome, reason, tenant, resource, request, actor, delegate, about, detail } = record
  return {
    index,
    time,
    type,
    outcome,
    ...definedOnly({
      reason,
      tenant,
      actor: nameOf(actor),
      actorIssuer: actor?.issuer,
      onBehalfBy: nameOf(delegate),
      about: nameOf(about),
      resourceType: resource?.type,
      resourceId: resource?.id,
      address: actor?.address,
      agent: actor?.agent,
      method: request?.method,
      path: actor?.path,
      requestId: request?.id,
      traceId: request?.trace,
      detail,
    }),
  }
}

/** Who it was; of whom is forgotten, the number. */
export function nameOf(person: AuditedPerson | undefined): string | undefined {
  return person?.subject ?? person?.ref
}

function definedOnly(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
