import { Refusal } from './errors.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'
import type { KeySource } from './keys/source.ts'
import type { ClaimPlaces } from './principal.ts'

/** An issuer from the configuration. */
export interface TrustedIssuer {
  readonly issuer: string
  /** The token must be meant for one of these. */
  readonly audience: readonly string[]
  /** What any of its keys may be used with. */
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly keys: KeySource
  readonly places: ClaimPlaces
}

/** The issuers of one `jwtAuth()`, by the exact `iss`. */
export type TrustedIssuers = ReadonlyMap<string, TrustedIssuer>

/**
 * Picks the issuer that an unverified token claims to come from. What is picked is configuration: a wrong claim picks keys
 * that its signature does not stand up to.
 * @throws Refusal ERR_JWT_ISSUER
 */
export function pickIssuer(issuers: TrustedIssuers, iss: unknown): TrustedIssuer {
  const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
  if (!issuer) throw new Refusal('ERR_JWT_ISSUER', '`iss` is none of the configured issuers')
  return issuer
}
