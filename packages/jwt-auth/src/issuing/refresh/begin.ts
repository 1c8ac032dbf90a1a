import { randomBytes } from 'node:crypto'
import { announceToken, signAccessToken } from '../access-token.ts'
import { settleGrant, type Grant } from '../grant.ts'
import type { IssuerSettings } from '../settings.ts'
import type { Families } from './families.ts'
import type { LiveFamily } from './family.ts'
import { timeLeft, type GivenTokens } from './give.ts'
import { digestOf, drawPlace, drawSecret, writeRefreshToken } from './token.ts'

/** How a login begins. */
export interface LoginOptions {
  /** Thumbprint of the DPoP key whose possession was proved with the request: all tokens of the login are bound to it (RFC 9449). */
  readonly proofKey?: string
}

/**
 * Begins a login: its first access and refresh token.
 * @throws SecurityError ERR_OPTION (500) for a wrong grant, ERR_ISSUER_KEYS, ERR_STORE_UNAVAILABLE (503)
 */
export async function beginLogin(
  settings: IssuerSettings,
  families: Families,
  given: Grant,
  { proofKey }: LoginOptions,
): Promise<GivenTokens> {
  const { environment, issuer, audience, clientId: client, lifetimes, tenantClaim } = settings
  const now = environment.clock.now()
  const seconds = Math.floor(now / 1000)
  const grant = settleGrant({ authTime: seconds, ...given }, { client, audience }, tenantClaim)
  // Not the family's own name: what stands in access tokens is read by many.
  const sid = grant.sid ?? drawSid()
  const expiresAt = seconds + lifetimes.access
  const parts = { kind: 'login', grant, sid, expiresAt, proofKey } as const
  const access = await signAccessToken(settings, parts)
  const secret = drawSecret()
  const key = drawSecret()
  const place = drawPlace({ issuer, ...grant })
  const family: LiveFamily = {
    state: 'live',
    grant,
    sid,
    createdAt: now,
    usedAt: now,
    endsAt: now + lifetimes.absolute * 1000,
    accessEnd: expiresAt,
    current: digestOf(secret),
    before: [],
    key: key.toString('base64url'),
    ...(proofKey !== undefined && { proofKey }),
  }
  await families.add(place, family, timeLeft(family, settings, now))
  await announceToken(settings, parts, access)
  return { access, refreshToken: writeRefreshToken(place, secret, key), family, grant, proofKey }
}

/** The name of a new session. */
export function drawSid(): string {
  return randomBytes(16).toString('base64url')
}
