import {
  accept,
  checkOptions,
  defineRoutes,
  describeGate,
  SecurityError,
  type Answer,
  type Exchange,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import { decodeJwt, type JWTPayload } from 'jose'
import type { Upstream } from '../record.ts'
import type { SessionTracker } from '../tracker.ts'
import { pathRule, sessionsRule } from './back-channel-logout.ts'
import { SESSION_REVOKED, SET_TYPE } from './events.ts'
import {
  demandOption,
  keysRule,
  RefusedToken,
  TakenTokens,
  toleranceRule,
  verifierOf,
  type SignerKeys,
} from './signed.ts'

/** Somebody whose security events are taken. */
export interface TransmitterOptions {
  /** As its tokens name it. */
  readonly issuer: string
  /** This service, as it names it. */
  readonly audience: string
  readonly keys: SignerKeys
  /** Issuers whose users and sessions it may speak of. @default itself alone */
  readonly subjectIssuers?: readonly string[]
}

/** Options of `securityEventReceiver`. */
export interface SecurityEventReceiverOptions {
  readonly sessions: SessionTracker
  readonly transmitters: readonly TransmitterOptions[]
  /** Where they send to: the whole path, also below a mounted router. @default '/security-events' */
  readonly path?: string
  /** Seconds by which their clocks may differ. @default 30 */
  readonly clockTolerance?: number
}

const rules: OptionRules<SecurityEventReceiverOptions> = {
  sessions: sessionsRule,
  transmitters: { accepts: 'a list of at least one transmitter', test: (v) => Array.isArray(v) && v.length > 0 },
  path: pathRule,
  clockTolerance: toleranceRule,
}

const transmitterRules: OptionRules<TransmitterOptions> = {
  issuer: accept.string,
  audience: accept.string,
  keys: keysRule,
  subjectIssuers: accept.strings,
}

const LARGEST = 16_384
const unkept = { 'cache-control': 'no-store' }

/**
 * Receives security event tokens that are pushed (RFC 8417, RFC 8935), and ends the sessions that CAEP's `session-revoked` speaks of. Events of
 * other kinds are taken and let be.
 * @throws SecurityError ERR_OPTION
 */
export function securityEventReceiver(options: SecurityEventReceiverOptions): Middleware {
  checkOptions<SecurityEventReceiverOptions>('securityEventReceiver', options, rules)
  demandOption('securityEventReceiver', options, 'sessions', 'transmitters')
  const { sessions, transmitters, path = '/security-events', clockTolerance = 30 } = options
  const { environment } = describeGate(sessions)!
  const taken = new TakenTokens(environment)
  const known = new Map(
    transmitters.map((one, i) => {
      const factory = `securityEventReceiver transmitters[${i}]`
      checkOptions<TransmitterOptions>(factory, one, transmitterRules)
      demandOption(factory, one, 'issuer', 'audience', 'keys')
      return [one.issuer, { ...one, verify: verifierOf(one.keys) }]
    }),
  )

  return defineRoutes({ name: 'securityEventReceiver', environment, routes: [{ method: 'POST', path, answer }] })

  async function answer(exchange: Exchange): Promise<Answer> {
    try {
      await receive(exchange)
      return { status: 202, headers: unkept, body: '' }
    } catch (thrown) {
      const known = thrown instanceof RefusedToken ? thrown.why : undefined
      const err = known ?? (SecurityError.is(thrown) && thrown.status < 500 ? 'invalid_request' : undefined)
      if (err === undefined) throw thrown
      await environment.publish('security-event.refused', { kind: 'session-revoked' }, exchange)
      // RFC 8935, section 2.3.
      const headers = { ...unkept, 'content-type': 'application/json', 'content-language': 'en' }
      return { status: 400, headers, body: JSON.stringify({ err, description: 'The security event was refused' }) }
    }
  }

  async function receive(exchange: Exchange): Promise<void> {
    const { type, value } = await exchange.readBody(LARGEST)
    if (type !== `application/${SET_TYPE}` || typeof value !== 'string') throw new RefusedToken('invalid_request')
    const signer = known.get(issuerIn(value) ?? '')
    if (signer === undefined) throw new RefusedToken('invalid_issuer')
    const { issuer, audience } = signer
    const payload = await signer.verify(value, {
      ...{ issuer, audience, typ: SET_TYPE, tolerance: clockTolerance, clock: environment.clock },
    })
    const event = (Object(payload['events']) as Record<string, unknown>)[SESSION_REVOKED]
    if (event === undefined) return
    // Sent again because the answer was lost: it is done.
    if (await taken.has(issuer, payload.jti!)) return
    const upstream = subjectIn(payload, event, issuer)
    if (![issuer, ...(signer.subjectIssuers ?? [])].includes(upstream.issuer)) throw new RefusedToken('invalid_request')
    const ended = await sessions.endUpstream(upstream, { reason: 'revoked by another service', by: 'system' })
    await taken.add(issuer, payload.jti!)
    await environment.publish('security-event.received', { issuer, kind: 'session-revoked', ended }, exchange)
  }
}

/** Who says that they have signed it. */
function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

interface SubjectId {
  readonly format?: string
  readonly id?: string
  readonly iss?: string
  readonly sub?: string
  readonly session?: SubjectId
  readonly user?: SubjectId
}

/** Whom an event is about (RFC 9493): a session, a user, or a session of a user. Older transmitters say it within the event. */
function subjectIn(payload: JWTPayload, event: unknown, issuer: string): Upstream {
  const subject = (payload['sub_id'] ?? (Object(event) as { subject?: unknown }).subject) as SubjectId | undefined
  const { format, session, user } = Object(subject) as SubjectId
  if (format === 'complex') {
    const sid = textOf(session?.id)
    const owner = user?.format === 'iss_sub' ? user : undefined
    const [iss, sub] = [textOf(owner?.iss), textOf(owner?.sub)]
    if (sid === undefined && (iss === undefined || sub === undefined)) throw new RefusedToken('invalid_request')
    return { issuer: iss ?? issuer, ...(sid !== undefined && { sid }), ...(sub !== undefined && { subject: sub }) }
  }
  const { id, iss, sub } = Object(subject) as SubjectId
  if (format === 'opaque' && textOf(id) !== undefined) return { issuer, sid: id! }
  if (format === 'iss_sub' && textOf(iss) !== undefined && textOf(sub) !== undefined)
    return { issuer: iss!, subject: sub! }
  throw new RefusedToken('invalid_request')
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
