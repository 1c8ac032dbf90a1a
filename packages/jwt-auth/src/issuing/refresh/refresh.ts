import { optionError } from '@sallyport/core'
import { ATTEMPTS, contended } from '../contended.ts'
import { issuerError } from '../errors.ts'
import { settleGrant, type SettledGrant } from '../grant.ts'
import type { IssuerSettings } from '../settings.ts'
import { endFamily, finishEnding } from './ending.ts'
import type { Families } from './families.ts'
import { standingOf, type LiveFamily } from './family.ts'
import { give, timeLeft, type Found, type GivenTokens } from './give.ts'
import { revocationOf } from './revoked.ts'
import { parseRefreshToken } from './token.ts'

/** A request for new tokens. */
export interface RefreshRequest {
  readonly refreshToken: string
  /** Who asks, authenticated where it can be. @default the issuer's `clientId` */
  readonly client?: string
  /** Fewer scopes than were granted, for this access token. */
  readonly scopes?: readonly string[]
  /** Thumbprint of the DPoP key whose possession was proved with the request (RFC 9449). */
  readonly proofKey?: string
}

/**
 * Gives an access token and the next refresh token for a refresh token.
 *
 * However many ask with the same one, there is one successor: whoever loses the race, or asks again within the grace, gets the one that
 * the winner got. A token that comes later than that has two holders: the login ends (RFC 9700, section 4.14.2).
 * @throws SecurityError ERR_ISSUER_GRANT, ERR_ISSUER_REUSED, ERR_ISSUER_PROOF, ERR_ISSUER_SCOPE (400), ERR_ISSUER_KEYS,
 *   ERR_STORE_UNAVAILABLE (503)
 */
export async function refreshTokens(
  settings: IssuerSettings,
  families: Families,
  request: RefreshRequest,
): Promise<GivenTokens> {
  const { environment, lifetimes } = settings
  const presented = parseRefreshToken(request.refreshToken)
  if (presented === undefined) throw issuerError('ERR_ISSUER_GRANT')
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await families.find(presented)
    if (found === undefined) throw issuerError('ERR_ISSUER_GRANT')
    if (found.family.state === 'ended') {
      await finishEnding(settings, found.family)
      throw issuerError('ERR_ISSUER_GRANT')
    }
    const live = found as Found
    const now = environment.clock.now()
    const standing = standingOf(live.family, presented, now, lifetimes.grace * 1000)
    if (standing.is === 'unknown') throw issuerError('ERR_ISSUER_GRANT')
    if (standing.is === 'used') {
      const reason = 'a refresh token was used twice'
      if (await endFamily(settings, families, live, { reason, reused: true })) throw issuerError('ERR_ISSUER_REUSED')
      continue
    }
    demandBinding(settings, live.family, request)
    if (timeLeft(live.family, settings, now) <= 0) throw issuerError('ERR_ISSUER_GRANT')
    const grant = await regranted(settings, families, live)
    if (grant === 'changed') continue
    const given = await give(settings, families, live, { presented, standing, grant, now, request })
    if (given !== undefined) return given
  }
  throw contended()
}

/** Only the client that it was given to may use it (RFC 6749, section 6), and only with the key that it was bound to. */
function demandBinding({ clientId }: IssuerSettings, { grant, proofKey }: LiveFamily, request: RefreshRequest): void {
  if (grant.client !== (request.client ?? clientId)) throw issuerError('ERR_ISSUER_GRANT')
  if (proofKey !== undefined && proofKey !== request.proofKey) throw issuerError('ERR_ISSUER_PROOF')
}

/** What the account is granted now; ends the login of one that was revoked, or that the app wants no more. */
async function regranted(
  settings: IssuerSettings,
  families: Families,
  found: Found,
): Promise<SettledGrant | 'changed'> {
  const { onRefresh, tenantClaim } = settings
  const { grant } = found.family
  const hit = await revocationOf(settings, found.family)
  const wanted = hit === undefined ? await onRefresh(grant) : undefined
  if (wanted === undefined) {
    const reason = hit?.reason ?? 'the app granted nothing more'
    if (await endFamily(settings, families, found, { reason })) throw issuerError('ERR_ISSUER_GRANT')
    return 'changed'
  }
  const settled = wanted === grant ? grant : settleGrant(wanted, grant, tenantClaim)
  for (const name of ['subject', 'tenant', 'client'] as const) {
    if (settled[name] === grant[name]) continue
    throw optionError('tokenIssuer onRefresh', name, settled[name], { accepts: 'the one that was there', secret: true })
  }
  return settled
}
