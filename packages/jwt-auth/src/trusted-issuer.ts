import { Refusal } from './errors.ts'
import type { OpaqueTokens } from './introspection/opaque-tokens.ts'
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
  /** Absent where it is asked about every token. */
  readonly keys: KeySource | undefined
  /** Present where it is asked about tokens that are no JWT. */
  readonly opaque: OpaqueTokens | undefined
  readonly places: ClaimPlaces
  /** False once it was removed. Whoever remembers it looks here. */
  live: boolean
}

/** @throws Refusal ERR_JWT_ISSUER where an issuer was removed in the meantime */
export function demandTrust(trusted: TrustedIssuer): void {
  if (!trusted.live) throw new Refusal('ERR_JWT_ISSUER', 'the issuer has just been removed')
}
