import { bindingOf, type Binding, type Provable } from './binding.ts'
import { checkClaims } from './claim-checks.ts'
import type { JwtClaims } from './claims.ts'
import { applySchema, type ClaimsObject } from './claims-schema.ts'
import { Refusal } from './errors.ts'
import type { Header } from './header.ts'
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
 * Makes of frozen claims that their issuer vouches for a token that is accepted. A promise only where the app's schema is asked.
 * @param now milliseconds since the Unix epoch
 * @throws Refusal
 */
export function acceptClaims(
  claims: Readonly<Record<string, unknown>>,
  voucher: Voucher,
  { leeway, provable, schema }: AcceptRules,
  now: number,
): VerifiedToken | Promise<VerifiedToken> {
  const { trusted, type } = voucher
  const { issuer, audience } = trusted
  checkClaims(claims, { issuer, audience, type, leeway, now })
  const binding = bindingOf(claims, provable)
  const checked = { claims, voucher, binding, leeway }
  return schema ? applySchema(schema, claims).then((shown) => accepted(checked, shown)) : accepted(checked, claims)
}

interface Checked {
  readonly claims: JwtClaims
  readonly voucher: Voucher
  readonly binding: Binding | undefined
  readonly leeway: number
}

function accepted({ claims, voucher, binding, leeway }: Checked, shown: ClaimsObject): VerifiedToken {
  const { trusted, key, source } = voucher
  const kind = binding?.jkt === undefined ? 'bearer' : 'dpop'
  const principal = principalOf(claims, { places: trusted.places, shown, kind })
  // Either may have gone while somebody was asked.
  if (!key.live) throw new Refusal('ERR_JWT_KEY', 'the key has just left the key set')
  demandTrust(trusted)
  return new VerifiedToken({ principal, claims, trusted, key, source, binding, leeway })
}
