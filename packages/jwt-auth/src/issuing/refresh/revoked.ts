import { consultRevocations, type Revocation } from '@sallyport/core'
import { principalOfGrant } from '../principal.ts'
import type { IssuerSettings } from '../settings.ts'
import type { Family } from './family.ts'

/**
 * The revocation that hits a login: of its session, or of all that its account was issued until a time. A login counts as issued when it
 * began, however often it was refreshed since.
 * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
 */
export async function revocationOf(
  { environment, issuer }: IssuerSettings,
  { grant, sid, createdAt }: Family,
): Promise<Revocation | undefined> {
  const principal = principalOfGrant(issuer, grant, sid, Math.floor(createdAt / 1000))
  return consultRevocations(environment, principal, 'closed')
}
