import { announceToken, signAccessToken, type AccessToken } from '../access-token.ts'
import { issuerError } from '../errors.ts'
import type { SettledGrant } from '../grant.ts'
import type { IssuerSettings } from '../settings.ts'
import type { Families, FoundFamily } from './families.ts'
import { remember, type LiveFamily, type Standing } from './family.ts'
import type { RefreshRequest } from './refresh.ts'
import { openSuccessor, sealSuccessor } from './successor.ts'
import { digestOf, drawSecret, writeRefreshToken, type PresentedRefreshToken } from './token.ts'

/** A family that can be refreshed. */
export type Found = FoundFamily & { readonly family: LiveFamily }

/** What a login or a refresh gives. */
export interface GivenTokens {
  readonly access: AccessToken
  readonly refreshToken: string
  readonly family: LiveFamily
  /** What the access token was granted. */
  readonly grant: SettledGrant
  /** The key that the access token is bound to. */
  readonly proofKey: string | undefined
}

/** A refresh that may be given. */
export interface Giving {
  readonly request: RefreshRequest
  readonly presented: PresentedRefreshToken
  readonly standing: Standing
  readonly grant: SettledGrant
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** Gives the tokens; nothing where somebody else changed the family in between. */
export async function give(
  settings: IssuerSettings,
  families: Families,
  found: Found,
  { request, presented, standing, grant, now }: Giving,
): Promise<GivenTokens | undefined> {
  const { lifetimes } = settings
  const { family, place } = found
  const { sid, endsAt } = family
  const narrowed = narrow(grant, request.scopes)
  const expiresAt = Math.floor(Math.min(now + lifetimes.access * 1000, endsAt) / 1000)
  const proofKey = family.proofKey ?? request.proofKey
  const parts = { kind: 'refresh', grant: narrowed, sid, expiresAt, proofKey } as const
  // Before the refresh token is spent: an outage of the keys must not cost a login.
  const access = await signAccessToken(settings, parts)
  let secret: Buffer
  let next = family
  if (standing.is === 'grace') {
    secret = openSuccessor(standing.predecessor.successor, presented.secret, place.family)
  } else {
    secret = drawSecret()
    const successor = sealSuccessor(secret, presented.secret, place.family)
    next = {
      ...family,
      grant,
      current: digestOf(secret),
      before: remember(family.before, { digest: family.current, usedAt: now, successor }, now, lifetimes.grace * 1000),
      usedAt: now,
      // Retries within the grace get access tokens too, a little later.
      accessEnd: Math.max(family.accessEnd, expiresAt + lifetimes.grace),
    }
    if (!(await families.replace(found, next, timeLeft(next, settings, now)))) return undefined
  }
  await announceToken(settings, parts, access)
  const refreshToken = writeRefreshToken(place, secret, Buffer.from(family.key, 'base64url'))
  return { access, refreshToken, family: next, grant: narrowed, proofKey }
}

/** How long a family lasts if it is not used again, in milliseconds. */
export function timeLeft({ endsAt, usedAt }: LiveFamily, { lifetimes }: IssuerSettings, now: number): number {
  return Math.min(endsAt, usedAt + lifetimes.idle * 1000) - now
}

/** RFC 6749, section 6: no scope that was not granted. */
function narrow(grant: SettledGrant, scopes: readonly string[] | undefined): SettledGrant {
  if (scopes === undefined) return grant
  if (!scopes.every((one) => grant.scopes?.includes(one))) throw issuerError('ERR_ISSUER_SCOPE')
  return { ...grant, scopes }
}
