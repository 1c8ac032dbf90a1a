import { issuerError } from './errors.ts'
import { principalOfClaims, readOwnToken } from './own-token.ts'
import { endFamily, finishEnding } from './refresh/ending.ts'
import type { Families } from './refresh/families.ts'
import { standingOf } from './refresh/family.ts'
import type { Found } from './refresh/give.ts'
import { looksLikeRefreshToken, parseRefreshToken } from './refresh/token.ts'
import type { IssuerSettings } from './settings.ts'
import { ATTEMPTS, contended } from './contended.ts'

/** What is revoked, and why. */
export interface RevokeOptions {
  /** Kept with the revocation, and told in events; never to the client. */
  readonly reason: string
  /** Who asks. A token of another client is left alone. @default whoever holds the token */
  readonly client?: string
}

/**
 * Revokes a token of this issuer (RFC 7009): an access token by its `jti` until it ends; a refresh token with its whole login and the
 * access tokens of its session. Any other text, and what has ended, is no error: there is nothing left to do.
 * @throws SecurityError ERR_ISSUER_GRANT (400) for a token of another client, ERR_STORE_UNAVAILABLE, ERR_ISSUER_KEYS (503)
 */
export async function revokeToken(
  settings: IssuerSettings,
  families: Families,
  token: string,
  options: RevokeOptions,
): Promise<void> {
  return looksLikeRefreshToken(token)
    ? revokeRefreshToken(settings, families, token, options)
    : revokeAccessToken(settings, token, options)
}

async function revokeRefreshToken(
  settings: IssuerSettings,
  families: Families,
  token: string,
  options: RevokeOptions,
): Promise<void> {
  const { environment, lifetimes } = settings
  const presented = parseRefreshToken(token)
  if (presented === undefined) return
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await families.find(presented)
    if (found === undefined) return
    if (found.family.state === 'ended') return finishEnding(settings, found.family)
    const live = found as Found
    const standing = standingOf(live.family, presented, environment.clock.now(), lifetimes.grace * 1000)
    // One that was used long ago ends the login as well: who holds it wants to be logged out, or should not hold it.
    if (standing.is === 'unknown') return
    demandClient(live.family.grant.client, options)
    if (await endFamily(settings, families, live, options)) return
  }
  throw contended()
}

async function revokeAccessToken(settings: IssuerSettings, token: string, options: RevokeOptions): Promise<void> {
  const { environment, issuer } = settings
  const claims = await readOwnToken(settings, token)
  if (claims === undefined) return
  demandClient(claims.client_id, options)
  const { reason, client } = options
  await environment.revocations.revoke({ kind: 'token', issuer, id: claims.jti, expiresAt: claims.exp, reason })
  const { subject, tenant } = principalOfClaims(settings, claims)
  const account = { issuer, subject, sid: claims.sid, ...(tenant !== undefined && { tenant }) }
  await environment.publish('token.revoked', {
    kind: 'access',
    account,
    reason,
    ...(client !== undefined && { client }),
  })
}

/** RFC 7009, section 2.1. */
function demandClient(owner: string, { client }: RevokeOptions): void {
  if (client !== undefined && client !== owner) throw issuerError('ERR_ISSUER_GRANT')
}
