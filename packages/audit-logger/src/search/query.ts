import { acceptNumber, acceptOneOf, accept, checkOptions, type OptionRules } from '@sallyport/core'
import type { AuditOutcome, AuditPerson, AuditRecord, AuditResource } from '../record/event.ts'

/** What is looked for. All that is given must hold. */
export interface AuditQuery {
  /** Milliseconds since the Unix epoch, included. */
  readonly from?: number
  /** Milliseconds since the Unix epoch, not included. */
  readonly to?: number
  /** Types, or beginnings of types such as `data.*`. */
  readonly types?: readonly string[]
  readonly outcome?: AuditOutcome
  /** Who did it, or on whose behalf. */
  readonly actor?: AuditPerson
  /** Whom it is about, or who did it. */
  readonly person?: AuditPerson
  readonly resource?: Partial<AuditResource>
  readonly tenant?: string
  readonly address?: string
  readonly requestId?: string
  /** What occurs anywhere in the record, whatever the case. */
  readonly text?: string
  /** @default 'newest' */
  readonly order?: 'newest' | 'oldest'
}

const isPerson = {
  accepts: "an account such as { issuer, subject: 'ada' }",
  test: (v: unknown) => typeof (v as AuditPerson | null)?.subject === 'string',
}

const rules: OptionRules<AuditQuery> = {
  from: acceptNumber('milliseconds', 0, 8.64e15),
  to: acceptNumber('milliseconds', 0, 8.64e15),
  types: accept.strings,
  outcome: acceptOneOf('success', 'failure', 'denied', 'intent'),
  actor: isPerson,
  person: isPerson,
  resource: accept.object,
  tenant: accept.string,
  address: accept.string,
  requestId: accept.string,
  text: {
    accepts: 'a text of up to 200 characters',
    test: (v) => typeof v === 'string' && v !== '' && v.length <= 200,
  },
  order: acceptOneOf('newest', 'oldest'),
}

/** @throws SecurityError ERR_OPTION */
export function checkQuery(query: unknown): asserts query is AuditQuery {
  checkOptions<AuditQuery>('audit query', query, rules)
}

/** Makes the test of a record. @param refs the numbers of the persons that are asked for */
export function recordTest(query: AuditQuery, refs: Refs): (record: AuditRecord) => boolean {
  const { from = -Infinity, to = Infinity, outcome, resource, tenant, address, requestId, text } = query
  const isType = typeTest(query.types)
  const words = text?.toLowerCase()
  return (record) => {
    if (!isType(record.type)) return false
    if (outcome !== undefined && record.outcome !== outcome) return false
    if (tenant !== undefined && record.tenant !== tenant) return false
    if (requestId !== undefined && record.request?.id !== requestId) return false
    if (resource?.type !== undefined && record.resource?.type !== resource.type) return false
    if (resource?.id !== undefined && record.resource?.id !== resource.id) return false
    const time = Date.parse(record.time)
    if (time < from || time >= to) return false
    if (query.actor && record.actor?.ref !== refs.actor && record.delegate?.ref !== refs.actor) return false
    if (query.person && ![record.actor, record.delegate, record.about].some((one) => one?.ref === refs.person))
      return false
    if (address !== undefined && record.actor?.address !== address) return false
    return words === undefined || JSON.stringify(record).toLowerCase().includes(words)
  }
}

/** Numbers of persons; a person who has none is in no record. */
export interface Refs {
  readonly actor: string | undefined
  readonly person: string | undefined
}

export function typeTest(types: readonly string[] | undefined): (type: string) => boolean {
  if (types === undefined) return () => true
  const exact = new Set(types)
  const prefixes = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1))
  return (type) => exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix))
}

/** What the bytes of a record must hold, before any of it is parsed. */
export function needles(query: AuditQuery, refs: Refs): readonly string[] {
  const { outcome, tenant, requestId, resource, types } = query
  const found: string[] = []
  if (types?.length === 1 && !types[0]!.endsWith('*')) found.push(`"type":"${types[0]!}"`)
  if (outcome !== undefined) found.push(`"outcome":"${outcome}"`)
  if (tenant !== undefined) found.push(`"tenant":${JSON.stringify(tenant)}`)
  if (requestId !== undefined) found.push(JSON.stringify(requestId))
  if (resource?.id !== undefined) found.push(`"id":${JSON.stringify(resource.id)}`)
  if (query.actor) found.push(`"ref":"${refs.actor ?? '-'}"`)
  if (query.person) found.push(`"ref":"${refs.person ?? '-'}"`)
  return found
}
