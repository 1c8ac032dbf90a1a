import { randomUUID } from 'node:crypto'
import {
  accept,
  checkOptions,
  coreError,
  describeGate,
  onSecurityEvent,
  type Cancel,
  type EventAccount,
  type OptionRules,
  type SecurityEventMap,
} from '@sallyport/core'
import { importJWK, SignJWT, type JWK } from 'jose'
import type { SessionTracker } from '../tracker.ts'
import { sessionsRule } from './back-channel-logout.ts'
import { SESSION_REVOKED, SET_TYPE } from './events.ts'
import { Outbox } from './outbox.ts'
import { demandOption, isSafeUrl } from './signed.ts'

/** Somebody who is told of sessions that were ended. */
export interface ReceiverOptions {
  /** Where it takes security events: https, or http on this machine. */
  readonly url: string
  /** Who it is, as tokens for it say. */
  readonly audience: string
  /** What the header `Authorization` shall hold. @default nothing */
  readonly authorization?: string
}

/** Options of `securityEventTransmitter`. */
export interface SecurityEventTransmitterOptions {
  readonly sessions: SessionTracker
  /** This service, as its tokens name it. */
  readonly issuer: string
  /** The private key that signs, as JWK with `alg` and `kid`. */
  readonly privateKey: JWK
  readonly receivers: readonly ReceiverOptions[]
}

const rules: OptionRules<SecurityEventTransmitterOptions> = {
  sessions: sessionsRule,
  issuer: accept.string,
  privateKey: {
    accepts: 'a private key as JWK with `alg` and `kid`',
    test: (v) => {
      const { alg, kid, d } = Object(v) as JWK
      return [alg, kid, d].every((one) => typeof one === 'string' && one !== '')
    },
    secret: true,
  },
  receivers: { accepts: 'a list of at least one receiver', test: (v) => Array.isArray(v) && v.length > 0 },
}

const receiverRules: OptionRules<ReceiverOptions> = {
  url: {
    accepts: 'an address with https, or http on this machine',
    test: (v) => typeof v === 'string' && isSafeUrl(v),
  },
  audience: accept.string,
  authorization: { ...accept.string, secret: true },
}

/**
 * Tells other services of every session that ends here, by security event tokens that are pushed to them (CAEP `session-revoked`; RFC 8417, RFC
 * 8935). What is to be sent stands in the store before the end of a session is answered, and is sent until it was taken, for a day.
 * @returns stops it
 * @throws SecurityError ERR_OPTION
 */
export function securityEventTransmitter(options: SecurityEventTransmitterOptions): Cancel {
  checkOptions<SecurityEventTransmitterOptions>('securityEventTransmitter', options, rules)
  demandOption('securityEventTransmitter', options, 'sessions', 'issuer', 'privateKey', 'receivers')
  const { sessions, issuer, privateKey, receivers } = options
  const names = new Set<string>()
  for (const [i, receiver] of receivers.entries()) {
    const factory = `securityEventTransmitter receivers[${i}]`
    checkOptions<ReceiverOptions>(factory, receiver, receiverRules)
    demandOption(factory, receiver, 'url', 'audience')
    if (names.has(receiver.audience)) {
      throw coreError('ERR_OPTION', { message: `${factory}: option \`audience\` is another receiver's` })
    }
    names.add(receiver.audience)
  }
  const { environment } = describeGate(sessions)!
  const key = importJWK(privateKey)
  // What is wrong with it is told when it is used.
  key.catch(() => undefined)
  const outbox = new Outbox(environment, receivers)

  const stop = onSecurityEvent(
    (event) => {
      if (event.type === 'session.ended') event.waitUntil(send(event.detail))
    },
    { env: environment },
  )
  return () => {
    stop()
    outbox.stop()
  }

  async function send({ account, by }: SecurityEventMap['session.ended']): Promise<void> {
    const now = Math.floor(environment.clock.now() / 1000)
    const signed = await Promise.all(receivers.map(({ audience }) => sign(account, audience, by, now)))
    await outbox.add(signed.map((token, i) => ({ audience: receivers[i]!.audience, token })))
  }

  async function sign(account: EventAccount, audience: string, by: string, now: number): Promise<string> {
    const user = { format: 'iss_sub', iss: account.issuer, sub: account.subject }
    const initiator = by === 'user' || by === 'admin' || by === 'policy' ? by : 'system'
    return new SignJWT({
      sub_id: { format: 'complex', session: { format: 'opaque', id: account.sid }, user },
      events: { [SESSION_REVOKED]: { event_timestamp: now, initiating_entity: initiator } },
    })
      .setProtectedHeader({ alg: privateKey.alg!, kid: privateKey.kid!, typ: SET_TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setJti(randomUUID())
      .sign(await key)
  }
}
