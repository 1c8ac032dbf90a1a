import type { DpopOptions } from '../../dpop/options.ts'
import type { Grant } from '../grant.ts'
import type { ClientOptions, ClientVerifier } from './clients.ts'

/**
 * Says who logs in, by what the request's body holds: the grant, or nothing where the credentials are wrong. It must take as long for an
 * account that is not there as for one that is: check the password against some hash also then. Limit attempts before it.
 * @param seen what handlers see: Express's `req`, Koa's `ctx`
 */
export type VerifyCredentials = (
  credentials: Readonly<Record<string, unknown>>,
  seen: object,
) => Grant | undefined | Promise<Grant | undefined>

/** Options of `issuer.routes()`. */
export interface IssuerRoutesOptions {
  /** Where the routes are: the whole path, also below a mounted router. @default '' */
  readonly prefix?: string
  /** Lets people log in. @default none: there is no route for it */
  readonly verifyCredentials?: VerifyCredentials
  /**
   * Keeps the refresh token in a cookie instead of the body, out of reach of scripts: `true` for `__Host-refresh-token`, or a name. Requests
   * then need the proof of the same origin. @default false
   */
  readonly cookie?: boolean | string
  /** Clients by configuration. With them there are the routes `token`, `revoke` and `introspect`. @default none: one client, the app itself */
  readonly clients?: readonly ClientOptions[]
  /** Clients by a function of the app, in place of `clients`. */
  readonly authenticateClient?: ClientVerifier
  /**
   * Whether logins are bound to a key where the client proves to have one (DPoP, RFC 9449), and how proofs are checked. `publicUrl` is by
   * default the origin of the issuer. @default false
   */
  readonly dpop?: boolean | DpopOptions
  /** Largest body, in bytes. @default 16384 */
  readonly maxBodyBytes?: number
}
