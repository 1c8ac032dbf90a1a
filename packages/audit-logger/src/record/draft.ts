import type { Exchange, Principal } from '@sallyport/core'
import { auditError } from '../errors.ts'
import { MOST_BYTES, personLine } from '../log/complete.ts'
import type { Draft, PersonPart } from '../log/messages.ts'
import { personOf, strangersOf } from '../vault/person.ts'
import { canonical } from './canonical.ts'
import { cleanText } from './clean.ts'
import { diff } from './diff.ts'
import type { AuditEvent, AuditOutcome, AuditPerson } from './event.ts'
import { factsOf } from './request.ts'

/** Version of the record's form. */
const VERSION = 1

/** Room for the sealed parts' encoding: base64url is 4/3, and there are at most three. */
const MOST_CHARACTERS = Math.floor(MOST_BYTES / 3)

const TYPE = /^[a-z][a-z\d]*(?:[.-][a-z\d]+)*$/
/** What the log says of itself, and believes when it reads it: who could record that could hide what is missing. */
const OF_THE_LOG = ['audit.pruned', 'audit.hold']

/** Whether an app may record a type. */
export function isEventType(type: unknown): type is string {
  return typeof type === 'string' && type.length <= 100 && TYPE.test(type) && !OF_THE_LOG.includes(type)
}

/** @throws SecurityError ERR_AUDIT_EVENT for a type that only the log itself records */
export function checkOwnType(type: unknown): void {
  if (OF_THE_LOG.includes(type as string)) throw wrong(`\`type\` '${String(type)}' is recorded by the log alone`)
}

const OUTCOMES: readonly AuditOutcome[] = ['success', 'failure', 'denied', 'intent']

/** With what drafts are made. */
export interface Drafting {
  readonly now: number
  readonly exchange: Exchange | undefined
  /** Takes out what must not be kept. */
  readonly redact: (value: unknown) => unknown
  /** Index of the intent that this is the outcome of. */
  readonly intent?: number
}

/**
 * The record of an event: what names nobody in the open, the rest in parts for each person.
 * @throws SecurityError ERR_AUDIT_EVENT
 */
export function draftOf(event: AuditEvent, { now, exchange, redact, intent }: Drafting): Draft {
  check(event)
  const { type, outcome = 'success', reason, resource, time = now } = event
  const principal = event.actor === undefined ? exchange?.principal : undefined
  const facts = exchange && factsOf(exchange)
  const tenant = principal?.tenant ?? event.actor?.tenant
  // In canonical order, which spares sorting.
  const open = {
    detail: event.detail && redact(event.detail),
    intent,
    outcome,
    reason: reason === undefined ? undefined : redact(cleanText(reason)),
    request: facts && { id: facts.id, method: facts.method, trace: facts.trace },
    resource: resource && {
      id: resource.id === undefined ? undefined : cleanText(resource.id),
      type: cleanText(resource.type),
    },
    roles: principal && principal.roles.length > 0 ? principal.roles : undefined,
    tenant,
    time: isoOf(time),
    type,
    v: VERSION,
  }
  const line = canonical(open)
  const people = peopleOf(event, principal, exchange, redact, time)
  const size = line.length + people.length
  // Every character is at most three bytes.
  if (size > MOST_CHARACTERS) {
    throw auditError('ERR_AUDIT_EVENT', {
      message: `An audit event has ${size} characters; most are ${MOST_CHARACTERS}`,
    })
  }
  return { line, people }
}

let lastTime = NaN
let lastIso = ''

/** Many records are of one millisecond. */
function isoOf(time: number): string {
  if (time !== lastTime) {
    lastIso = new Date(time).toISOString()
    lastTime = time
  }
  return lastIso
}

function peopleOf(
  event: AuditEvent,
  principal: Principal | undefined,
  exchange: Exchange | undefined,
  redact: Drafting['redact'],
  time: number,
): string {
  const { about, personal, before, after } = event
  const changes =
    before !== undefined || after !== undefined ? diff(redact(before ?? {}), redact(after ?? {})) : undefined
  const owned = {
    ...(personal && { personal: redact(personal) }),
    ...(changes && { changes }),
  }
  const hasOwned = personal !== undefined || changes !== undefined
  let parts = ''
  const actor = event.actor === undefined ? principal : (event.actor ?? undefined)
  const origin = exchange && {
    ...factsOf(exchange).origin,
    ...(principal?.sid !== undefined && { sid: principal.sid }),
    ...(principal && { credential: principal.credential.kind }),
  }
  const ofActor = { ...origin, ...(about === undefined && owned) }
  if (actor !== undefined) parts = partOf('actor', actor, ofActor)
  else if (Object.keys(ofActor).length > 0) {
    parts = personLine({ as: 'actor', person: strangersOf(isoOf(time)), fields: canonical(ofActor) })
  }
  if (principal?.actor) parts += partOf('delegate', principal.actor, {})
  if (about !== undefined) parts += partOf('about', about, hasOwned ? owned : {})
  return parts
}

function partOf(as: PersonPart['as'], given: AuditPerson, fields: object): string {
  const person = personOf(given)
  return personLine({ as, person, fields: canonical({ ...fields, ...person }) })
}

function check({ type, outcome, actor, about, time, reason, resource }: AuditEvent): void {
  if (typeof type !== 'string' || type.length > 100 || !TYPE.test(type)) {
    throw wrong('`type` must be lower-case words with dots or hyphens between them, such as `invoice.approved`')
  }
  if (outcome !== undefined && !OUTCOMES.includes(outcome))
    throw wrong(`\`outcome\` must be one of ${OUTCOMES.join(', ')}`)
  if (reason !== undefined && typeof reason !== 'string') throw wrong('`reason` must be a string')
  if (
    resource !== undefined &&
    (typeof resource?.type !== 'string' || (resource.id !== undefined && typeof resource.id !== 'string'))
  )
    throw wrong('`resource` must be { type, id }, both strings')
  if (time !== undefined && !(Number.isFinite(time) && Math.abs(time) < 8.64e15))
    throw wrong('`time` must be milliseconds')
  if (isNobody(actor)) throw wrong('`actor` must have a `subject`')
  if (isNobody(about)) throw wrong('`about` must have a `subject`')
}

function isNobody(person: AuditPerson | null | undefined): boolean {
  return person !== undefined && person !== null && (typeof person.subject !== 'string' || person.subject === '')
}

function wrong(what: string): Error {
  return auditError('ERR_AUDIT_EVENT', { message: `record(): ${what}` })
}
