import { randomBytes } from 'node:crypto'
import { coreError, type Actor } from '@sallyport/core'
import type { JWTPayload } from 'jose'
import { SignJWT } from 'jose/jwt/sign'
import type { GrantKind } from './events.ts'
import type { SettledGrant } from './grant.ts'
import { accountOf } from './principal.ts'
import type { IssuerSettings } from './settings.ts'

/** What an access token says, beside what the issuer itself adds. */
export interface AccessTokenParts {
  readonly kind: GrantKind
  readonly grant: SettledGrant
  readonly sid: string
  /** Seconds since the Unix epoch. */
  readonly expiresAt: number
  /** Who acts for the account (RFC 8693, section 4.1). */
  readonly actor?: Actor | undefined
  /** Thumbprint of the key that whoever uses the token must prove to have (RFC 9449, section 6.1). */
  readonly proofKey?: string | undefined
}

/** A signed access token. */
export interface AccessToken {
  readonly text: string
  /** Its `jti`. */
  readonly id: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What acceptors take by default. */
const LARGEST = 8192

/**
 * Signs an access token (RFC 9068).
 * @throws SecurityError ERR_OPTION (500) for claims that make it too large, ERR_ISSUER_KEYS, ERR_STORE_UNAVAILABLE (503)
 */
export async function signAccessToken(settings: IssuerSettings, parts: AccessTokenParts): Promise<AccessToken> {
  const { environment, keys } = settings
  const issuedAt = Math.floor(environment.clock.now() / 1000)
  const id = randomBytes(16).toString('base64url')
  const { expiresAt } = parts
  const key = await keys.signer(expiresAt)
  const text = await new SignJWT(claimsOf(settings, parts, { id, issuedAt }))
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', ...(key.kid !== undefined && { kid: key.kid }) })
    .sign(key.signs)
  if (text.length > LARGEST) {
    throw coreError('ERR_OPTION', {
      message: `tokenIssuer grant: the token has ${text.length} bytes, and who accepts it takes ${LARGEST}; accepted are fewer or shorter claims`,
    })
  }
  return { text, id, issuedAt, expiresAt }
}

/** Signs an access token and publishes that it was given away. */
export async function issueAccessToken(settings: IssuerSettings, parts: AccessTokenParts): Promise<AccessToken> {
  const token = await signAccessToken(settings, parts)
  await announceToken(settings, parts, token)
  return token
}

function claimsOf(
  { issuer, tenantClaim }: IssuerSettings,
  { grant, sid, expiresAt, actor, proofKey }: AccessTokenParts,
  { id, issuedAt }: { readonly id: string; readonly issuedAt: number },
): JWTPayload {
  const { subject, tenant, client, audience, scopes, roles, amr, acr, authTime, claims } = grant
  return {
    ...claims,
    iss: issuer,
    sub: subject,
    aud: audienceClaim(audience),
    exp: expiresAt,
    iat: issuedAt,
    jti: id,
    client_id: client,
    sid,
    ...(scopes && { scope: scopes.join(' ') }),
    ...(roles && { roles }),
    ...(amr && { amr }),
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { auth_time: authTime }),
    ...(tenant !== undefined && { [tenantClaim]: tenant }),
    ...(actor && { act: actorClaim(actor) }),
    ...(proofKey !== undefined && { cnf: { jkt: proofKey } }),
  }
}

/** One audience stands without a list: some that take tokens read nothing else. */
function audienceClaim(audience: SettledGrant['audience']): string | string[] {
  const list = [audience].flat()
  return list.length === 1 ? list[0]! : list
}

function actorClaim({ subject, issuer, actor }: Actor): object {
  return { sub: subject, ...(issuer !== undefined && { iss: issuer }), ...(actor && { act: actorClaim(actor) }) }
}

/** Publishes that an access token was given away. */
export async function announceToken(
  settings: IssuerSettings,
  parts: AccessTokenParts,
  { id }: AccessToken,
): Promise<void> {
  const { environment, issuer } = settings
  if (!environment.listening) return
  const { kind, grant, sid, expiresAt, actor } = parts
  await environment.publish('token.issued', {
    grant: kind,
    account: accountOf(issuer, grant, sid),
    client: grant.client,
    id,
    expiresAt,
    ...(grant.scopes && { scopes: grant.scopes }),
    ...(actor && { actor: actor.subject }),
  })
}
