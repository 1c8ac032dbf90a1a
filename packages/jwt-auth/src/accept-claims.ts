import { bindingOf, type Provable } from './binding.ts'
import { checkClaims } from './claim-checks.ts'
import { applySchema, type ClaimsObject } from './claims-schema.ts'
import { Refusal } from './errors.ts'
import type { Header } from './header.ts'
import { freezeDeep } from './json.ts'
import { principalOf } from './principal.ts'
import type { StandardSchema } from './standard-schema.ts'
import { demandTrust, type TrustedIssuer } from './trusted-issuer.ts'
import { VerifiedToken, type Grounds } from './verified.ts'

/** How claims are checked, whatever vouches for them. */
export interface AcceptRules {
  /** Seconds. */
  readonly leeway: number
  readonly maxTokenBytes: number
  readonly provable: Provable
  /** The app's own. */
  readonly schema: StandardSchema<ClaimsObject> | undefined
}

/** Who says so: the issuer by its signature, or by its answer. */
export interface Voucher extends Pick<Grounds, 'trusted' | 'key' | 'source'> {
  readonly trusted: TrustedIssuer
  readonly type: Header['type']
}

/**
 * Makes of claims that their issuer vouches for a token that is accepted.
 * @param now milliseconds since the Unix epoch
 * @throws Refusal
 */
export async function acceptClaims(
  claims: Record<string, unknown>,
  { trusted, type, key, source }: Voucher,
  { leeway, provable, schema }: AcceptRules,
  now: number,
): Promise<VerifiedToken> {
  const { issuer, audience, places } = trusted
  checkClaims(claims, { issuer, audience, type, leeway, now })
  const binding = bindingOf(claims, provable)
  freezeDeep(claims)
  const shown = schema ? await applySchema(schema, claims) : claims
  const principal = principalOf(claims, { places, shown, kind: binding?.jkt === undefined ? 'bearer' : 'dpop' })
  // Either may have gone while somebody was asked.
  if (!key.live) throw new Refusal('ERR_JWT_KEY', 'the key has just left the key set')
  demandTrust(trusted)
  return new VerifiedToken({ principal, claims, trusted, key, source, binding, leeway })
}
