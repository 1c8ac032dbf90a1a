export type { IssuerAccount, RefreshableLogin } from './account.ts'
export { issuerErrors, type IssuerErrorCode } from './errors.ts'
export type { GrantKind } from './events.ts'
export type { ExchangeDecision, ExchangeParty, ExchangePolicy, ExchangeQuestion, ExchangeRequest } from './exchange.ts'
export type { Grant } from './grant.ts'
export { createClientSecret, hashClientSecret, type NewClientSecret } from './http/client-secret.ts'
export type { Client, ClientOptions, ClientRights, ClientVerifier, PresentedClient } from './http/clients.ts'
export type { IssuerRoutesOptions, VerifyCredentials } from './http/options.ts'
export type { Introspection } from './introspection.ts'
export type { AsymmetricAlgorithm } from './keys/signing-keys.ts'
export type { LifetimeProfile, Lifetimes } from './lifetimes.ts'
export type {
  IssuerIdentityOptions,
  LifetimeOptions,
  RotatingKeysOptions,
  RotationOptions,
  ServiceRenewalOptions,
  SharedSecretOptions,
  StaticKeysOptions,
  TokenIssuerOptions,
} from './options.ts'
export type { LoginOptions } from './refresh/begin.ts'
export type { RefreshRequest } from './refresh/refresh.ts'
export type { RevokeOptions } from './revocation.ts'
export type { ServiceToken, ServiceTokenOptions } from './service-token.ts'
export { tokenIssuer, type TokenIssuer } from './token-issuer.ts'
export type { IssuedAccess, IssuedTokens } from './tokens.ts'
