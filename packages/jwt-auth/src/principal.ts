import type { Credential, Principal } from '@sallyport/core'
import type { ClaimsObject } from './claims-schema.ts'
import {
  actorOf,
  requiredString,
  rolesOf,
  scopesOf,
  stringClaim,
  stringsClaim,
  timeClaim,
  type JwtClaims,
} from './claims.ts'

/** Who presented a token, with its claims, or with what the schema in the options has made of them. */
export interface JwtPrincipal<Claims extends ClaimsObject = JwtClaims> extends Principal {
  readonly claims: Claims
}

/** Where an issuer keeps what has no registered claim. */
export interface ClaimPlaces {
  readonly roles: readonly string[]
  readonly tenant: string | undefined
}

/** How a token came: in the request on purpose, alone or with a proof (RFC 9449), or in a cookie that the browser sends by itself. */
export type Carrier = 'bearer' | 'dpop' | 'cookie'

const nothing: readonly string[] = Object.freeze([])

type Draft<Whole> = { -readonly [Member in keyof Whole]: Whole[Member] }

/** What a principal is made with beside the claims. */
export interface PrincipalParts {
  readonly places: ClaimPlaces
  /** What the app's schema has made of the claims. @default the claims */
  readonly shown?: ClaimsObject
  /** How the token must be presented. @default 'bearer' */
  readonly kind?: 'bearer' | 'dpop'
}

/**
 * The principal of verified and frozen claims, frozen too.
 * @throws Refusal ERR_JWT_CLAIMS for a claim of the wrong kind
 */
export function principalOf(
  claims: JwtClaims,
  { places, shown = claims, kind = 'bearer' }: PrincipalParts,
): JwtPrincipal<ClaimsObject> {
  const principal: Draft<JwtPrincipal<ClaimsObject>> = {
    issuer: claims.iss,
    subject: claims.sub,
    roles: Object.freeze(rolesOf(claims, places.roles)),
    amr: Object.freeze(stringsClaim(claims, 'amr') ?? nothing),
    credential: credentialOf(claims, kind),
    claims: shown,
  }
  // Absent stays absent. Assigned one by one: spreading each of them costs more than the rest of this function.
  const scopes = scopesOf(claims)
  if (scopes) principal.scopes = Object.freeze(scopes)
  // Without its tenant an account would be taken for another one.
  if (places.tenant !== undefined) principal.tenant = requiredString(claims, places.tenant)
  const actor = actorOf(claims)
  if (actor) principal.actor = actor
  const acr = stringClaim(claims, 'acr')
  if (acr !== undefined) principal.acr = acr
  const authTime = timeClaim(claims, 'auth_time')
  if (authTime !== undefined) principal.authTime = authTime
  const sid = stringClaim(claims, 'sid')
  if (sid !== undefined) principal.sid = sid
  return Object.freeze(principal)
}

function credentialOf({ jti, iat, exp }: JwtClaims, kind: string): Credential {
  const credential: Draft<Credential> = { kind, ambient: false, expiresAt: exp }
  if (jti !== undefined) credential.id = jti
  if (iat !== undefined) credential.issuedAt = iat
  return Object.freeze(credential)
}

/** The same principal, come in a cookie. */
export function inCookie(principal: JwtPrincipal<ClaimsObject>): JwtPrincipal<ClaimsObject> {
  return Object.freeze({
    ...principal,
    credential: Object.freeze({ ...principal.credential, kind: 'cookie', ambient: true }),
  })
}
