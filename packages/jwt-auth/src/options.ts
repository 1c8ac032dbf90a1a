import type { Environment, StoreFailurePolicy } from '@sallyport/core'
import type { JwtClaims } from './claims.ts'
import type { ClaimsObject } from './claims-schema.ts'
import type { DpopOptions } from './dpop/options.ts'
import type { IssuerOptions } from './issuer-options.ts'
import type { MtlsOptions } from './mtls/options.ts'
import type { ResourceOptions } from './resource/options.ts'
import type { StandardSchema } from './standard-schema.ts'

/** How keys are fetched. All times are in seconds. */
export interface KeyFetchOptions {
  /** Time for one request. @default 5 */
  readonly timeout?: number
  /**
   * Longest time that fetched keys count as fresh. Within it the server's `Cache-Control: max-age` decides, from 60 s on; where
   * it says nothing, 600 s. They are fetched anew after four fifths of their time. @default 3600
   */
  readonly maxAge?: number
  /** How long keys are used on when they are not fresh any more and the server does not answer. @default 3600 */
  readonly maxStale?: number
  /** Least time between two requests that tokens with unknown keys can cause. @default 30 */
  readonly coolDown?: number
  /** Largest answer, in bytes. @default 262144 */
  readonly maxBytes?: number
}

/** Options that hold for all issuers. */
export interface CommonOptions<Required extends boolean = boolean, Claims extends ClaimsObject = JwtClaims> {
  /**
   * Whether a request without a token is refused. With `false` it passes without a principal; a bad token is refused all the
   * same. @default true
   */
  readonly required?: Required
  /** Accepted difference between clocks, in seconds. @default 5 */
  readonly leeway?: number
  /**
   * Whether tokens with `typ: JWT`, or without, are accepted beside `at+jwt` (RFC 9068). Such tokens do not say what they are for: what can
   * be told to be an ID token is refused, the audience must keep the rest apart. @default false
   */
  readonly acceptPlainJwt?: boolean
  /**
   * A schema of zod, valibot, arktype or any other library that speaks Standard Schema. Tokens whose claims it does not accept are refused;
   * what it makes of them are the principal's `claims`, typed. @default none: the claims as they are
   */
  readonly claims?: StandardSchema<Claims>
  /**
   * Whether tokens that are bound to a key are accepted with a proof for each request (DPoP, RFC 9449), and how. @default false: they are refused
   */
  readonly dpop?: boolean | DpopOptions
  /** Whether tokens that are bound to a client certificate are accepted with it (RFC 8705), and how. @default false: they are refused */
  readonly mtls?: boolean | MtlsOptions
  /** What this service is to clients that find out how to use it (RFC 9728); challenges then lead there. @default none */
  readonly resource?: ResourceOptions
  /** Name of a cookie to take tokens from too; unsafe methods then need a same-origin proof. @default none */
  readonly cookie?: string
  /**
   * Name of a query parameter to take tokens from too, such as `access_token`. URLs end up in logs and histories: only for
   * clients that can do no better. @default none
   */
  readonly query?: string
  /** Largest token, in bytes. @default 8192 */
  readonly maxTokenBytes?: number
  /** The protection space that challenges name (RFC 9110, section 11.5). @default 'api' */
  readonly realm?: string
  /**
   * How many verified tokens are remembered, by a keyed mark of each; of those in use always half as many. About 1 kB each. 0: none.
   * @default 20000
   */
  readonly cacheSize?: number
  readonly keyFetch?: KeyFetchOptions
  /**
   * What happens when the list of revocations cannot be read. A DPoP proof that cannot be remembered is refused with 503, but for
   * `open`. @default 'closed'
   */
  readonly onStoreFailure?: StoreFailurePolicy
  /** @default the environment of the process */
  readonly env?: Environment
}

/** One issuer. */
export type SingleIssuerOptions = IssuerOptions & { readonly issuers?: never }

/** Several issuers: the exact `iss` of a token picks one. The list may be empty: others come by `auth.issuers.add()`. */
export interface SeveralIssuersOptions {
  readonly issuers: readonly IssuerOptions[]
  readonly issuer?: never
  readonly audience?: never
  readonly algorithms?: never
  readonly rolesClaim?: never
  readonly tenantClaim?: never
  readonly introspection?: never
  readonly jwksUri?: never
  readonly discoveryUrl?: never
  readonly jwks?: never
  readonly publicKey?: never
  readonly secret?: never
}

/** Options of `jwtAuth()`. */
export type JwtAuthOptions<Required extends boolean = boolean, Claims extends ClaimsObject = JwtClaims> = CommonOptions<
  Required,
  Claims
> &
  (SingleIssuerOptions | SeveralIssuersOptions)
