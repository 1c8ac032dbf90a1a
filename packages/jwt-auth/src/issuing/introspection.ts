import { readOwnToken } from './own-token.ts'
import type { Families } from './refresh/families.ts'
import { standingOf } from './refresh/family.ts'
import { timeLeft, type Found } from './refresh/give.ts'
import { looksLikeRefreshToken, parseRefreshToken } from './refresh/token.ts'
import { revocationOf } from './refresh/revoked.ts'
import type { IssuerSettings } from './settings.ts'

/** What is known of a token (RFC 7662, section 2.2), as it stands in the answer. Of one that is not active nothing is told. */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true
      readonly client_id: string
      readonly sub: string
      readonly iss: string
      readonly exp: number
      readonly iat: number
      readonly scope?: string
      readonly token_type?: string
      readonly [claim: string]: unknown
    }

const inactive: Introspection = { active: false }

/** Tells whether a token of this issuer is good, and what it says. @throws SecurityError ERR_STORE_UNAVAILABLE, ERR_ISSUER_KEYS (503) */
export async function introspectToken(
  settings: IssuerSettings,
  families: Families,
  token: string,
): Promise<Introspection> {
  return looksLikeRefreshToken(token) ? ofRefreshToken(settings, families, token) : ofAccessToken(settings, token)
}

async function ofAccessToken(settings: IssuerSettings, token: string): Promise<Introspection> {
  const claims = await readOwnToken(settings, token)
  if (claims === undefined) return inactive
  const { sub, iat, exp, client_id } = claims
  const type = claims['cnf'] === undefined ? 'Bearer' : 'DPoP'
  return { ...claims, active: true, iss: settings.issuer, sub, iat, exp, client_id, token_type: type }
}

async function ofRefreshToken(settings: IssuerSettings, families: Families, token: string): Promise<Introspection> {
  const { environment, issuer, lifetimes, tenantClaim } = settings
  const presented = parseRefreshToken(token)
  const found = presented && (await families.find(presented))
  if (presented === undefined || found?.family.state !== 'live') return inactive
  const { family } = found as Found
  const now = environment.clock.now()
  const left = timeLeft(family, settings, now)
  // To ask about a token is not to use it: one that was used before does no harm here.
  if (standingOf(family, presented, now, lifetimes.grace * 1000).is !== 'current' || left <= 0) return inactive
  if ((await revocationOf(settings, family)) !== undefined) return inactive
  const { grant, sid, usedAt } = family
  return {
    active: true,
    iss: issuer,
    sub: grant.subject,
    client_id: grant.client,
    sid,
    iat: Math.floor(usedAt / 1000),
    exp: Math.floor((now + left) / 1000),
    ...(grant.tenant !== undefined && { [tenantClaim]: grant.tenant }),
    ...(grant.scopes && { scope: grant.scopes.join(' ') }),
    ...(family.proofKey !== undefined && { cnf: { jkt: family.proofKey } }),
  }
}
