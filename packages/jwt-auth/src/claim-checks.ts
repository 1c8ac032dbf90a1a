import { audiencesOf, requiredString, stringClaim, timeClaim, type JwtClaims } from './claims.ts'
import { Refusal } from './errors.ts'
import type { Header } from './header.ts'

/** What claims are checked against. */
export interface ClaimExpectations {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly type: Header['type']
  /** Seconds. */
  readonly leeway: number
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** What only ID tokens (OpenID Connect Core 1.0, section 3), logout tokens and security event tokens (RFC 8417) have. */
const foreignClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/** How Keycloak (`typ`) and Cognito (`token_use`) say in a claim what `typ` in the header would say. */
const foreignMarks = { typ: ['ID', 'Refresh', 'Offline', 'Logout'], token_use: ['id'] }

/**
 * Checks the claims of a token whose signature is valid (RFC 7519, section 4.1; RFC 9068, sections 2.2 and 4).
 * @throws Refusal ERR_JWT_ISSUER, ERR_JWT_TYPE, ERR_JWT_AUDIENCE, ERR_JWT_EXPIRED, ERR_JWT_NOT_YET_VALID, ERR_JWT_CLAIMS
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: ClaimExpectations,
): asserts claims is JwtClaims {
  if (claims['iss'] !== expected.issuer) throw new Refusal('ERR_JWT_ISSUER', '`iss` is another issuer')
  if (isForeign(claims)) throw new Refusal('ERR_JWT_TYPE', 'claims of an ID token, a logout token or an event')
  if (!audiencesOf(claims).some((one) => expected.audience.includes(one))) {
    throw new Refusal('ERR_JWT_AUDIENCE', '`aud` names other audiences')
  }
  checkTimes(claims, expected)
  checkIdentity(claims, expected.type)
}

function isForeign(claims: Readonly<Record<string, unknown>>): boolean {
  if (foreignClaims.some((name) => Object.hasOwn(claims, name))) return true
  const { typ, token_use: use } = claims
  return foreignMarks.typ.some((mark) => mark === typ) || foreignMarks.token_use.some((mark) => mark === use)
}

function checkTimes(claims: Readonly<Record<string, unknown>>, { now, leeway }: ClaimExpectations): void {
  const seconds = Math.floor(now / 1000)
  const expiresAt = timeClaim(claims, 'exp')
  if (expiresAt === undefined) throw new Refusal('ERR_JWT_CLAIMS', '`exp` is missing')
  if (seconds >= expiresAt + leeway) throw new Refusal('ERR_JWT_EXPIRED', 'the token has expired')
  const latest = seconds + leeway
  if ((timeClaim(claims, 'nbf') ?? 0) > latest) throw new Refusal('ERR_JWT_NOT_YET_VALID', '`nbf` is in the future')
  // A token from the future would outlive the revocation of everything that was issued until now.
  if ((timeClaim(claims, 'iat') ?? 0) > latest) throw new Refusal('ERR_JWT_NOT_YET_VALID', '`iat` is in the future')
}

function checkIdentity(claims: Readonly<Record<string, unknown>>, type: Header['type']): void {
  requiredString(claims, 'sub')
  if (type === 'jwt') {
    stringClaim(claims, 'jti')
    return
  }
  requiredString(claims, 'jti')
  requiredString(claims, 'client_id')
  if (!Object.hasOwn(claims, 'iat')) throw new Refusal('ERR_JWT_CLAIMS', '`iat` is missing')
}
