import type { EventAccount, Principal } from '@sallyport/core'
import type { SettledGrant } from './grant.ts'

/** Whoever a grant is about, as the list of revocations and events know them. */
export function accountOf(issuer: string, { subject, tenant }: SettledGrant, sid: string): EventAccount {
  return { issuer, subject, sid, ...(tenant !== undefined && { tenant }) }
}

/** A grant as a principal, for the list of revocations. @param issuedAt seconds since the Unix epoch */
export function principalOfGrant(issuer: string, grant: SettledGrant, sid: string, issuedAt: number): Principal {
  const credential = { kind: 'refresh-token', ambient: false, issuedAt }
  return { ...accountOf(issuer, grant, sid), roles: [], amr: [], credential }
}
