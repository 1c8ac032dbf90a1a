import { Refusal } from '../errors.ts'
import { freezeDeep } from '../json.ts'
import type { TrustedIssuer } from '../trusted-issuer.ts'
import type { IntrospectedClaims } from './introspector.ts'
import type { IntrospectionSettings } from './options.ts'

/**
 * The claims of an active token, frozen, from what its issuer says of it (RFC 7662, section 2.2). They are checked as those of a JWT are; what a
 * server may leave out there and a JWT may not is filled in from what is known.
 * @throws Refusal ERR_JWT_TYPE, ERR_JWT_BOUND
 */
export function claimsOfAnswer(
  answer: IntrospectedClaims,
  token: string,
  { issuer, audience }: Pick<TrustedIssuer, 'issuer' | 'audience'>,
  { acceptWithoutAudience, acceptUntyped }: Pick<IntrospectionSettings, 'acceptWithoutAudience' | 'acceptUntyped'>,
): Readonly<Record<string, unknown>> {
  const { active: _active, token_type: type, ...claims }: Record<string, unknown> = answer
  demandAccessToken(type, claims, acceptUntyped)
  claims['iss'] ??= issuer
  // A client acts for itself (RFC 9068, section 2.2).
  claims['sub'] ??= claims['client_id']
  if (acceptWithoutAudience) claims['aud'] ??= audience
  // Some servers take the token for its own id, which is told in events.
  if (claims['jti'] === token) delete claims['jti']
  return freezeDeep(
    Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined && value !== null)),
  )
}

/** A refresh token is active too. Servers tell it by a type that is missing, or another one. */
function demandAccessToken(type: unknown, claims: IntrospectedClaims, acceptUntyped: boolean): void {
  if (type === undefined && acceptUntyped) return
  const named = typeof type === 'string' ? type.toLowerCase() : ''
  if (named !== 'bearer' && named !== 'dpop') {
    throw new Refusal(
      'ERR_JWT_TYPE',
      '`token_type` is neither Bearer nor DPoP; `acceptUntyped: true` accepts issuers that leave it out',
    )
  }
  if (named === 'dpop' && (Object(claims['cnf']) as { jkt?: unknown }).jkt === undefined) {
    throw new Refusal('ERR_JWT_BOUND', '`token_type` is DPoP, but no key is told')
  }
}
