export type { JwtClaims } from './claims.ts'
export { jwtErrors, type JwtErrorCode } from './errors.ts'
export type { IssuerHealth, JwtAuthHealth } from './health.ts'
export type {
  IssuerIdentity,
  IssuerOptions,
  KeyFromPem,
  KeyFromSecret,
  KeyOptions,
  KeysFromDiscovery,
  KeysFromJwks,
  KeysFromJwksUri,
} from './issuer-options.ts'
export { jwtAuth, type JwtAuth } from './jwt-auth.ts'
export type { SignatureAlgorithm } from './keys/algorithms.ts'
export type { KeyState } from './keys/source.ts'
export type {
  CommonOptions,
  JwtAuthOptions,
  KeyFetchOptions,
  SeveralIssuersOptions,
  SingleIssuerOptions,
} from './options.ts'
export type { JwtPrincipal } from './principal.ts'
