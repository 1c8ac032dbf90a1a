import type { AccountId } from '@sallyport/core'
import { ATTEMPTS, contended } from './contended.ts'
import { endFamily, finishEnding } from './refresh/ending.ts'
import type { Families, FoundFamily } from './refresh/families.ts'
import { timeLeft, type Found } from './refresh/give.ts'
import { accountTag } from './refresh/token.ts'
import type { IssuerSettings } from './settings.ts'

/** An account of this issuer. */
export type IssuerAccount = Omit<AccountId, 'issuer'>

/** A login of an account that can be refreshed. Times are in seconds since the Unix epoch. */
export interface RefreshableLogin {
  /** The session that its access tokens name. */
  readonly sid: string
  readonly client: string
  readonly createdAt: number
  /** When it was refreshed last. */
  readonly usedAt: number
  /** When it ends if it is not used again. */
  readonly expiresAt: number
}

/** The logins of an account, in time proportional to their number. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
export async function listLogins(
  settings: IssuerSettings,
  families: Families,
  account: IssuerAccount,
): Promise<readonly RefreshableLogin[]> {
  const now = settings.environment.clock.now()
  const logins: RefreshableLogin[] = []
  for await (const page of families.list(tagOf(settings, account))) {
    for (const { family } of page) {
      if (family.state === 'ended') continue
      const left = timeLeft(family, settings, now)
      if (left <= 0) continue
      const { sid, grant, createdAt, usedAt } = family
      const expiresAt = Math.floor((now + left) / 1000)
      logins.push({
        sid,
        client: grant.client,
        createdAt: Math.floor(createdAt / 1000),
        usedAt: Math.floor(usedAt / 1000),
        expiresAt,
      })
    }
  }
  return logins
}

/** Ends one session of an account: its refresh tokens, and its access tokens on every node. */
export async function endSession(
  settings: IssuerSettings,
  families: Families,
  account: IssuerAccount,
  { sid, reason }: { readonly sid: string; readonly reason: string },
): Promise<void> {
  const { environment, issuer } = settings
  const expiresAt = endOfAll(settings)
  // First, and for as long as a login lasts: it also holds for one that is being added at this moment.
  await environment.revocations.revoke({ kind: 'session', issuer, id: sid, expiresAt, reason })
  for await (const page of families.list(tagOf(settings, account))) {
    for (const found of page) if (found.family.sid === sid) await endFound(settings, families, found, reason)
  }
}

/** Ends all that an account has: its refresh tokens, and every token that was issued to it until now, on every node. */
export async function endAccount(
  settings: IssuerSettings,
  families: Families,
  account: IssuerAccount,
  { reason }: { readonly reason: string },
): Promise<void> {
  const { environment, issuer } = settings
  const { subject, tenant } = account
  const id = { issuer, subject, ...(tenant !== undefined && { tenant }) }
  const notAfter = Math.floor(environment.clock.now() / 1000)
  await environment.revocations.revoke({ kind: 'subject', ...id, notAfter, expiresAt: endOfAll(settings), reason })
  for await (const page of families.list(tagOf(settings, account))) await families.remove(accountTag(id), page)
  await environment.publish('token.revoked', { kind: 'account', account: id, reason })
}

async function endFound(
  settings: IssuerSettings,
  families: Families,
  found: FoundFamily,
  reason: string,
): Promise<void> {
  let now: FoundFamily | undefined = found
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (now === undefined) return
    if (now.family.state === 'ended') return finishEnding(settings, now.family)
    if (await endFamily(settings, families, now as Found, { reason })) return
    now = await families.find(now.place)
  }
  throw contended()
}

/** When the last token ends that may have been issued until now, in seconds since the Unix epoch. */
function endOfAll({ environment, lifetimes, longest }: IssuerSettings): number {
  return Math.ceil(environment.clock.now() / 1000) + Math.max(lifetimes.absolute, longest)
}

function tagOf({ issuer }: IssuerSettings, { subject, tenant }: IssuerAccount): string {
  return accountTag({ issuer, subject, ...(tenant !== undefined && { tenant }) })
}
