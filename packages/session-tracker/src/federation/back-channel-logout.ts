import {
  accept,
  checkOptions,
  defineRoutes,
  describeGate,
  SecurityError,
  type Answer,
  type Exchange,
  type Middleware,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import type { SessionTracker } from '../tracker.ts'
import { BACK_CHANNEL_LOGOUT } from './events.ts'
import {
  demandOption,
  keysRule,
  RefusedToken,
  TakenTokens,
  toleranceRule,
  verifierOf,
  type SignerKeys,
} from './signed.ts'

/** Options of `backChannelLogout`. */
export interface BackChannelLogoutOptions {
  readonly sessions: SessionTracker
  /** The OpenID provider, as its ID tokens name it. */
  readonly issuer: string
  /** The app, as the provider knows it. */
  readonly clientId: string
  /** The provider's keys. */
  readonly keys: SignerKeys
  /** Where the provider sends to: the whole path, also below a mounted router. @default '/backchannel-logout' */
  readonly path?: string
  /** Seconds by which the provider's clock may differ. @default 30 */
  readonly clockTolerance?: number
}

export const pathRule: OptionRule = {
  accepts: "a path such as '/backchannel-logout'",
  test: (v) => typeof v === 'string' && /^(?:\/[\w.~!$&'()*+,;=@%-]+)+$/.test(v),
}

export const sessionsRule: OptionRule = {
  accepts: 'what sessionTracker() has made',
  test: (v) => typeof (v as SessionTracker | null)?.endUpstream === 'function',
}

const rules: OptionRules<BackChannelLogoutOptions> = {
  sessions: sessionsRule,
  issuer: accept.string,
  clientId: accept.string,
  keys: keysRule,
  path: pathRule,
  clockTolerance: toleranceRule,
}

const LARGEST = 16_384
const unkept = { 'cache-control': 'no-store' }

/**
 * Receives the logouts of an OpenID provider (OpenID Connect Back-Channel Logout 1.0): sessions that hang on the provider's end here as well,
 * and its tokens are refused. Say at the login which session that is: `track(req, login, { upstream })`.
 * @throws SecurityError ERR_OPTION
 */
export function backChannelLogout(options: BackChannelLogoutOptions): Middleware {
  checkOptions<BackChannelLogoutOptions>('backChannelLogout', options, rules)
  demandOption('backChannelLogout', options, 'sessions', 'issuer', 'clientId', 'keys')
  const { sessions, issuer, clientId, keys, path = '/backchannel-logout', clockTolerance = 30 } = options
  const { environment } = describeGate(sessions)!
  const verify = verifierOf(keys)
  const taken = new TakenTokens(environment)
  const demands = { issuer, audience: clientId, tolerance: clockTolerance, clock: environment.clock }

  return defineRoutes({ name: 'backChannelLogout', environment, routes: [{ method: 'POST', path, answer }] })

  async function answer(exchange: Exchange): Promise<Answer> {
    try {
      const ended = await receive(exchange)
      await environment.publish('security-event.received', { issuer, kind: 'back-channel-logout', ended }, exchange)
      return { status: 200, headers: unkept, body: '' }
    } catch (thrown) {
      const refused = thrown instanceof RefusedToken || (SecurityError.is(thrown) && thrown.status < 500)
      if (!refused) throw thrown
      await environment.publish('security-event.refused', { kind: 'back-channel-logout' }, exchange)
      const headers = { ...unkept, 'content-type': 'application/json' }
      return { status: 400, headers, body: JSON.stringify({ error: 'invalid_request' }) }
    }
  }

  async function receive(exchange: Exchange): Promise<number> {
    const { type, value } = await exchange.readBody(LARGEST)
    const { logout_token: token } = Object(value) as { logout_token?: unknown }
    if (type !== 'application/x-www-form-urlencoded' || typeof token !== 'string')
      throw new RefusedToken('invalid_request')
    const { sid, sub, jti, events, nonce } = await verify(token, demands)
    // Section 2.6: what makes it a logout token, and no ID token that somebody has found.
    const event = Object(events) as Record<string, unknown>
    if (typeof event[BACK_CHANNEL_LOGOUT] !== 'object' || event[BACK_CHANNEL_LOGOUT] === null || nonce !== undefined)
      throw new RefusedToken('invalid_request')
    const session = typeof sid === 'string' && sid !== '' ? sid : undefined
    const subject = typeof sub === 'string' && sub !== '' ? sub : undefined
    if (session === undefined && subject === undefined) throw new RefusedToken('invalid_request')
    if (await taken.has(issuer, jti!)) throw new RefusedToken('invalid_request')
    const upstream = {
      issuer,
      ...(session !== undefined && { sid: session }),
      ...(subject !== undefined && { subject }),
    }
    const ended = await sessions.endUpstream(upstream, { reason: 'logged out at the provider', by: 'user' })
    await taken.add(issuer, jti!)
    return ended
  }
}
