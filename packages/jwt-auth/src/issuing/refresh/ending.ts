import { debugOf } from '@sallyport/core'
import { accountOf } from '../principal.ts'
import type { IssuerSettings } from '../settings.ts'
import type { Families, FoundFamily } from './families.ts'
import type { EndedFamily, LiveFamily } from './family.ts'
import { revocationOf } from './revoked.ts'

const debug = debugOf('jwt-auth')

/** How a family ends before its time. */
export interface Ending {
  readonly reason: string
  /** Set where the same refresh token came twice. */
  readonly reused?: true
  /** Who asked for it. */
  readonly client?: string
}

/**
 * Ends a family and revokes its session, so that its access tokens fall on every node too.
 *
 * In this order: the family is marked as ended first, which stops every refresh; were the revocation to fail, the mark lets whoever
 * comes next make up for it.
 * @returns whether nobody was faster to change the family
 * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
 */
export async function endFamily(
  settings: IssuerSettings,
  families: Families,
  found: FoundFamily & { readonly family: LiveFamily },
  { reason, reused, client }: Ending,
): Promise<boolean> {
  const { environment, issuer } = settings
  const { grant, sid, createdAt, accessEnd } = found.family
  const ended: EndedFamily = { state: 'ended', grant, sid, createdAt, accessEnd, reason }
  const left = accessEnd * 1000 - environment.clock.now()
  if (!(await families.replace(found, ended, left))) return false
  debug(`ended a login: ${reason}`)
  await revokeSession(settings, ended)
  const account = accountOf(issuer, grant, sid)
  if (reused) await environment.publish('token.reused', { account, client: grant.client })
  await environment.publish('token.revoked', {
    kind: 'refresh',
    account,
    reason,
    ...(client !== undefined && { client }),
  })
  return true
}

/** Makes up for a revocation that was lost between the two steps of ending. */
export async function finishEnding(settings: IssuerSettings, ended: EndedFamily): Promise<void> {
  if ((await revocationOf(settings, ended)) === undefined) await revokeSession(settings, ended)
}

/** In force until the last access token of the session has ended; nothing is recorded where that is over. */
async function revokeSession({ environment, issuer }: IssuerSettings, ended: EndedFamily): Promise<void> {
  const { sid, accessEnd, reason } = ended
  await environment.revocations.revoke({ kind: 'session', issuer, id: sid, expiresAt: accessEnd, reason })
}
