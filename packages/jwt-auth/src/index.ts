export type { StepUpDemand } from './challenge.ts'
export type { JwtClaims } from './claims.ts'
export type { ClaimsObject } from './claims-schema.ts'
export type { DpopOptions, ProofAlgorithm } from './dpop/options.ts'
export { jwtErrors, type JwtErrorCode } from './errors.ts'
export type { IssuerHealth, JwtAuthHealth } from './health.ts'
export type { IntrospectionOptions } from './introspection/options.ts'
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
export { jwtAuth, type JwtAuth, type JwtIssuers } from './jwt-auth.ts'
export type { SignatureAlgorithm } from './keys/algorithms.ts'
export type { KeyState } from './keys/source.ts'
export type { CertificateFormat } from './mtls/formats.ts'
export type { MtlsOptions } from './mtls/options.ts'
export type {
  CommonOptions,
  JwtAuthOptions,
  KeyFetchOptions,
  SeveralIssuersOptions,
  SingleIssuerOptions,
} from './options.ts'
export type { JwtPrincipal } from './principal.ts'
export type { ResourceOptions } from './resource/options.ts'
export type { SchemaResult, StandardSchema } from './standard-schema.ts'
