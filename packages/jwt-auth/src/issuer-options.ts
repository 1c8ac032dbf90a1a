import type { JSONWebKeySet } from 'jose'
import type { IntrospectionOptions } from './introspection/options.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'

/** Keys from a JSON Web Key Set that the issuer publishes. */
export interface KeysFromJwksUri {
  /** The key set's URL: https, or http on this machine. */
  readonly jwksUri: string
  readonly discoveryUrl?: never
  readonly jwks?: never
  readonly publicKey?: never
  readonly secret?: never
}

/** Keys that are found from the issuer's metadata. */
export interface KeysFromDiscovery {
  /**
   * The metadata's URL. @default made from the issuer: OpenID Connect Discovery, and RFC 8414 where that is not there
   */
  readonly discoveryUrl?: string
  readonly jwksUri?: never
  readonly jwks?: never
  readonly publicKey?: never
  readonly secret?: never
}

/** Keys in the configuration, or from an issuer in the same process. */
export interface KeysFromJwks {
  /**
   * A JSON Web Key Set of public keys; or a function that reads one, such as the `jwks` of `tokenIssuer()`, which is asked as a key server
   * would be.
   */
  readonly jwks: JSONWebKeySet | (() => Promise<JSONWebKeySet>)
  readonly jwksUri?: never
  readonly discoveryUrl?: never
  readonly publicKey?: never
  readonly secret?: never
}

/** One key in the configuration. */
export interface KeyFromPem {
  /** A public key (SPKI), or an X.509 certificate of which the key is taken, in PEM. */
  readonly publicKey: string
  readonly jwksUri?: never
  readonly discoveryUrl?: never
  readonly jwks?: never
  readonly secret?: never
}

/** A secret that the issuer and this service share. Whoever can check tokens with it can also make them. */
export interface KeyFromSecret {
  /**
   * Drawn at random, and not shorter than the hash: 32 bytes for HS256, 48 for HS384, 64 for HS512. A string counts as UTF-8.
   */
  readonly secret: string | Uint8Array
  readonly jwksUri?: never
  readonly discoveryUrl?: never
  readonly jwks?: never
  readonly publicKey?: never
}

/** Where an issuer's keys come from: exactly one place. */
export type KeyOptions = KeysFromJwksUri | KeysFromDiscovery | KeysFromJwks | KeyFromPem | KeyFromSecret

/** What is known of an issuer beside its keys. */
export interface IssuerIdentity {
  /** The exact `iss` of its tokens. */
  readonly issuer: string
  /** What this service is called in tokens: their `aud` must name it, or one of a list. */
  readonly audience: string | readonly string[]
  /**
   * Algorithms to accept. @default what fits the keys: a key's own `alg`, else all that its kind allows; HS256 for a secret
   */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /**
   * Where the roles are: the name of a claim; a path with dots, such as `realm_access.roles`; or the path as a list. A name with a
   * slash in it, such as a URL, is no path. @default 'roles'
   */
  readonly rolesClaim?: string | readonly string[]
  /** The claim that names the tenant; tokens without it are refused. @default none */
  readonly tenantClaim?: string
  /**
   * How tokens that are no JWT are looked up at the issuer; of all issuers one can have it. Without a place of keys beside it JWTs are
   * looked up too. @default none: tokens that are no JWT are refused
   */
  readonly introspection?: IntrospectionOptions
}

/** One issuer whose tokens are accepted. */
export type IssuerOptions = IssuerIdentity & KeyOptions
