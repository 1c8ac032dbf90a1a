import { nearest, SecurityError } from '@sallyport/core'
import { auditError } from '../errors.ts'
import type { AuditOutcome } from '../record/event.ts'
import { checkQuery, type AuditQuery } from '../search/query.ts'
import type { PageOptions } from '../search/search.ts'

/** What a request asks for. */
export interface AskedFor {
  readonly query: AuditQuery
  readonly page: PageOptions
  readonly format: string | undefined
}

const NAMES = [
  ...[
    'from',
    'to',
    'type',
    'outcome',
    'actor',
    'issuer',
    'resource',
    'resourceId',
    'tenant',
    'address',
    'requestId',
    'text',
    'order',
  ],
  ...['limit', 'cursor', 'format'],
]

/** @throws SecurityError ERR_AUDIT_QUERY (400) */
export function askedFor(search: string): AskedFor {
  if (search.length > 4096) throw refused('The query is too long')
  const given = new URLSearchParams(search)
  for (const name of given.keys()) {
    if (NAMES.includes(name)) continue
    const meant = nearest(name, NAMES)
    throw refused(
      `There is no parameter '${name.slice(0, 50)}'${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
    )
  }
  const one = (name: string): string | undefined => {
    const values = given.getAll(name)
    if (values.length > 1) throw refused(`'${name}' is there more than once`)
    return values[0] === '' ? undefined : values[0]
  }
  const types = given.getAll('type').filter((type) => type !== '')
  const [actor, issuer, tenant] = [one('actor'), one('issuer'), one('tenant')]
  const resource = { type: one('resource'), id: one('resourceId') }
  const query = defined({
    from: timeOf('from', one('from')),
    to: timeOf('to', one('to')),
    types: types.length > 0 ? types : undefined,
    outcome: one('outcome') as AuditOutcome | undefined,
    actor: actor && defined({ subject: actor, issuer, tenant }),
    resource: resource.type === undefined && resource.id === undefined ? undefined : defined(resource),
    tenant,
    address: one('address'),
    requestId: one('requestId'),
    text: one('text'),
    order: one('order'),
  })
  try {
    checkQuery(query)
  } catch (thrown) {
    throw SecurityError.is(thrown) ? refused(thrown.message) : thrown
  }
  const limit = one('limit')
  if (limit !== undefined && !/^[1-9]\d{0,3}$/.test(limit)) throw refused("'limit' is a number from 1 to 1000")
  const cursor = one('cursor')
  const page = { ...(limit !== undefined && { limit: Number(limit) }), ...(cursor !== undefined && { cursor }) }
  return { query, page, format: one('format') }
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw refused(`'${name}' is a time in ISO 8601`)
  return time
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function refused(message: string): Error {
  return auditError('ERR_AUDIT_QUERY', { message })
}
