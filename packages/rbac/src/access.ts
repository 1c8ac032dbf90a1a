import type { Middleware, Principal } from '@sallyport/core'
import type { Ability } from './ability.ts'
import type { DefaultDenyOptions } from './default-deny/default-deny.ts'
import type { PolicyDocument } from './document.ts'
import type { Explanation } from './explanation.ts'
import type { ListFilter } from './list-filter.ts'
import type { LoadedObject, ObjectReader } from './loader.ts'

/** How `access.require` comes to the object. */
export interface RequireOptions<Seen extends object, Found> extends LoadOptions {
  /** Fetches the object; where it finds none the answer is 404. */
  readonly load: ObjectReader<Seen, Found>
}

/** What becomes of an object that the caller may not have. */
export interface LoadOptions {
  /** Whether it is answered with the same 404 as one that is not there, so that nobody finds out which there are. @default false (403) */
  readonly hide?: boolean
}

/**
 * A policy in force: answers questions and guards routes.
 *
 * `who` is a principal, what the app's handlers see (Express's `req`, Koa's `ctx`), or an exchange; `undefined` is nobody.
 */
export interface Access<Name extends string = string> {
  /**
   * Lets pass whoever has **all** of the permissions. Where one is granted for some objects or fields only, the route must check before it
   * answers: by `load`, `check`, `filter`, `pick` or `strip`.
   * @throws SecurityError ERR_OPTION at once for a malformed or unknown permission. On requests: ERR_UNAUTHENTICATED (401) when
   *   nobody is known, ERR_RBAC_FORBIDDEN (403) when a permission is missing, ERR_RBAC_UNCHECKED (500) in place of an answer that was
   *   given without a check
   */
  require(...permissions: readonly [Name, ...Name[]]): Middleware
  /**
   * Fetches the object that the permission is about, and lets pass whoever has it **on this object**.
   *
   * ```ts
   * const own = access.require('orders:update', { load: (req: Request) => orders.find(req.params.id) })
   * app.put('/orders/:id', own, (req, res) => res.json(own.objectOf(req)))
   * ```
   * @throws SecurityError as `require` does, and ERR_RBAC_NOT_FOUND (404) where there is no object
   */
  require<Seen extends object, Found extends object>(
    permission: Name | readonly [Name, ...Name[]],
    options: RequireOptions<Seen, Found>,
  ): Middleware & LoadedObject<Found>
  /**
   * Lets pass whoever has **at least one** of the permissions.
   * @throws SecurityError as `require` does
   */
  requireAny(...permissions: readonly [Name, ...Name[]]): Middleware
  /**
   * Fetches an object and checks on it all that `require` and `requireAny` demanded before it on the route.
   * @throws SecurityError as `require` does; ERR_OPTION (500) on a request for which nothing was demanded
   */
  load<Seen extends object, Found extends object>(
    read: ObjectReader<Seen, Found>,
    options?: LoadOptions,
  ): Middleware & LoadedObject<Found>

  /**
   * Lets pass whoever is known: the decision that a route needs no permission.
   * @param why for whoever reads the list of routes
   * @throws SecurityError ERR_OPTION without a reason; ERR_UNAUTHENTICATED (401) when nobody is known
   */
  authenticated(why: string): Middleware
  /**
   * Refuses every route of an app or a router, also those that are added later, about which nobody decided: where no `require`, `requireAny`,
   * `authenticated` or `publicRoute` let the request pass before its handler. Call it before anything is mounted.
   *
   * ```ts
   * const app = access.defaultDeny(express())
   * ```
   * Whatever handlers of `app.use()` answer without a decision is withheld.
   * @param appOrRouter an app or a router of Express 4 or 5, a Koa app, or a router of @koa/router
   * @returns the same app or router
   * @throws SecurityError ERR_OPTION for anything else. On requests: ERR_RBAC_UNDECIDED (403)
   */
  defaultDeny<Target extends object>(appOrRouter: Target, options?: DefaultDenyOptions): Target

  /**
   * Whether the principal has the permission on the object; without one, whether on **every** object: where a condition decides it is
   * `false`. Never throws: nobody has none, and what is no permission is granted to nobody.
   */
  can(principal: Principal | undefined, permission: Name, object?: object): boolean
  /**
   * Demands the permission on an object, and gives it back. In a handler this comes after whatever the handler did before: prefer `load`.
   * @throws SecurityError ERR_UNAUTHENTICATED (401), ERR_RBAC_FORBIDDEN (403)
   */
  check<Checked extends object>(who: object | undefined, permission: Name, object: Checked): Checked
  /** Which objects the caller has the permission on: as a condition for a query, and as a function. Nobody has it on any. */
  filter(who: object | undefined, permission: Name): ListFilter
  /**
   * Demands the permission on each of some objects, and gives copies with the fields that the caller may see.
   * @throws SecurityError as `check` does
   */
  pick<Seen extends object>(who: object | undefined, permission: Name, objects: readonly Seen[]): Partial<Seen>[]
  /**
   * Demands the permission on an object, and gives a copy with the fields that the caller may see.
   * @throws SecurityError as `check` does
   */
  pick<Seen extends object>(who: object | undefined, permission: Name, object: Seen): Partial<Seen>
  /**
   * Demands the permission and gives a copy of what the client sent with the fields that the caller may write: the rest is left out.
   * @param object what is changed, as it is stored. Without it only what is granted on every object counts; never give the input itself,
   *   except for what it creates
   * @throws SecurityError as `check` does
   */
  strip<Input extends object>(
    who: object | undefined,
    permission: Name,
    input: Input | null | undefined,
    object?: object,
  ): Partial<Input>
  /**
   * What the principal may do, prepared for many questions. It answers for the roles and scopes of this moment: keep it no
   * longer than the request.
   */
  compile(principal: Principal | undefined): Ability<Name>

  /** Why the caller has a permission or not. For whoever runs the app: do not send it to a client. */
  explain(who: object | undefined, permission: Name, object?: object): Explanation
  /** Digest of the policy in force, the same on all nodes that have it. */
  readonly version: string
  /**
   * Settles when a policy is in force: at once, unless it comes from a Store.
   * @throws SecurityError ERR_RBAC_POLICY_UNAVAILABLE or ERR_STORE_UNAVAILABLE (503), ERR_OPTION (500)
   */
  ready(): Promise<void>
  /**
   * Puts another policy in force: the given one, or what its source has now. Compiled and checked beside the old one, which stays where
   * anything is wrong.
   * @returns the new version
   * @throws SecurityError as `ready` does
   */
  reload(policy?: PolicyDocument): Promise<string>
}
