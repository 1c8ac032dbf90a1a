import type { Environment, KeyRing } from '@sallyport/core'
import type { JWK } from 'jose'
import type { ExchangePolicy } from './exchange.ts'
import type { Grant } from './grant.ts'
import type { AsymmetricAlgorithm } from './keys/signing-keys.ts'
import type { LifetimeProfile } from './lifetimes.ts'

/** How signing keys take turns. All times are in seconds. */
export interface RotationOptions {
  /** How long a key signs. @default 7776000 (90 days) */
  readonly period?: number
  /** How long a key is published before it signs: longer than anybody keeps the key set. @default 86400 (a day) */
  readonly publishAhead?: number
}

/** Keys that the issuer makes, keeps in the store, shares with its other nodes, and rotates. */
export interface RotatingKeysOptions {
  /** @default 'ES256' */
  readonly algorithm?: AsymmetricAlgorithm
  readonly rotation?: RotationOptions
  /** Seals the private keys where they lie. @default the environment's */
  readonly keyRing?: KeyRing
  /**
   * Whether private keys may lie in a store outside the process without being sealed. With a key ring: whether keys that were written so
   * are still taken. @default false
   */
  readonly unsealedKeys?: boolean
  readonly privateKeys?: never
  readonly secret?: never
}

/** Keys that the operator keeps and rotates. */
export interface StaticKeysOptions {
  /**
   * Private keys in PEM (PKCS #8) or as JWKs, for RS256, ES256 or EdDSA. The first signs; the others are published, for the tokens that they
   * have signed or will sign.
   */
  readonly privateKeys: readonly (string | JWK)[]
  readonly algorithm?: never
  readonly rotation?: never
  readonly keyRing?: never
  readonly unsealedKeys?: never
  readonly secret?: never
}

/** A secret shared with the one service that takes the tokens (HS256). That service can make tokens as well. */
export interface SharedSecretOptions {
  /** At least 32 bytes, drawn at random. A string counts as UTF-8. */
  readonly secret: string | Uint8Array
  readonly algorithm?: 'HS256'
  readonly rotation?: never
  readonly keyRing?: never
  readonly unsealedKeys?: never
  readonly privateKeys?: never
}

/** How long tokens and logins last, in seconds; what is left out is as in the profile. */
export interface LifetimeOptions {
  /** @default 'week' */
  readonly profile?: LifetimeProfile
  /** An access token. @default the profile's */
  readonly access?: number
  /** A login that is not used. @default as long as it lasts when it is used */
  readonly idle?: number
  /** A login, however much it is used. @default the profile's */
  readonly absolute?: number
  /** How long a refresh token that was used may be presented again and gets the same successor. @default 30 */
  readonly grace?: number
}

/** How tokens of services are renewed. All times are in seconds. */
export interface ServiceRenewalOptions {
  /** After which time there is a new one. @default 604800 (7 days) */
  readonly period?: number
  /** How long the one before is still valid then. @default 86400 (a day) */
  readonly overlap?: number
}

/** What every issuer is told beside its keys. */
export interface IssuerIdentityOptions {
  /** The `iss` of its tokens: its URL. */
  readonly issuer: string
  /** Whom its tokens are for, where a grant does not say. */
  readonly audience: string | readonly string[]
  /** The client that tokens are for, where a grant does not say. @default 'app' */
  readonly clientId?: string
  /** A profile by name, or times in seconds. @default 'week': 30 min and 7 days */
  readonly lifetimes?: LifetimeProfile | LifetimeOptions
  readonly serviceTokens?: ServiceRenewalOptions
  /** The claim that names the tenant. @default 'tenant' */
  readonly tenantClaim?: string
  /**
   * Asked at each refresh what the account is granted now: other roles, or nothing (the account is gone, and so is the login). It may take
   * nothing from the account and give it to another one: subject and tenant stay.
   */
  readonly onRefresh?: (grant: Grant) => Grant | undefined | Promise<Grant | undefined>
  /** Decides about token exchange (RFC 8693). @default none: no token is exchanged */
  readonly exchange?: ExchangePolicy
  /** @default the environment of the process */
  readonly env?: Environment
}

/** Options of `tokenIssuer()`. */
export type TokenIssuerOptions = IssuerIdentityOptions & (RotatingKeysOptions | StaticKeysOptions | SharedSecretOptions)
