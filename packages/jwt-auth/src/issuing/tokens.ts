import type { AccessToken } from './access-token.ts'
import type { SettledGrant } from './grant.ts'
import { timeLeft, type GivenTokens } from './refresh/give.ts'
import type { IssuerSettings } from './settings.ts'

/** An access token as it is given out. */
export interface IssuedAccess {
  readonly accessToken: string
  /** `DPoP` where it is bound to a key (RFC 9449). */
  readonly tokenType: 'Bearer' | 'DPoP'
  /** Seconds. */
  readonly expiresIn: number
  readonly scopes?: readonly string[]
}

/** Tokens of a login. */
export interface IssuedTokens extends IssuedAccess {
  readonly refreshToken: string
  /** How long the login lasts if it is not used again, in seconds. */
  readonly refreshExpiresIn: number
  readonly sid: string
}

export function accessOf({
  access,
  grant,
  proofKey,
}: {
  readonly access: AccessToken
  readonly grant: SettledGrant
  readonly proofKey?: string | undefined
}): IssuedAccess {
  return {
    accessToken: access.text,
    tokenType: proofKey === undefined ? 'Bearer' : 'DPoP',
    expiresIn: access.expiresAt - access.issuedAt,
    ...(grant.scopes && { scopes: grant.scopes }),
  }
}

export function tokensOf(given: GivenTokens, settings: IssuerSettings): IssuedTokens {
  const { family, refreshToken } = given
  const left = timeLeft(family, settings, settings.environment.clock.now())
  return { ...accessOf(given), refreshToken, refreshExpiresIn: Math.floor(left / 1000), sid: family.sid }
}
