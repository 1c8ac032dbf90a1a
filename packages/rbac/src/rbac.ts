import {
  coreError,
  debugOf,
  defineMiddleware,
  environmentOf,
  type Exchange,
  type Middleware,
  type Principal,
} from '@sallyport/core'
import { CompiledAbility, type Ability } from './ability.ts'
import { compilePolicy } from './compile-policy.ts'
import { Demand } from './demand.ts'
import { explain } from './explanation.ts'
import { checkRbacOptions, type ClosedRoles, type RbacOptions, type RoleDefinitions } from './options.ts'
import { forbidden } from './refusal.ts'

const debug = debugOf('rbac')

/** A policy in force: answers questions and guards routes. */
export interface Access<Name extends string = string> {
  /**
   * Lets pass whoever has **all** of the permissions.
   * @throws SecurityError ERR_OPTION at once for a malformed or unknown permission. On requests: ERR_UNAUTHENTICATED (401) when
   *   nobody is known, ERR_RBAC_FORBIDDEN (403) when a permission is missing
   */
  require(...permissions: readonly [Name, ...Name[]]): Middleware
  /**
   * Lets pass whoever has **at least one** of the permissions.
   * @throws SecurityError as `require` does
   */
  requireAny(...permissions: readonly [Name, ...Name[]]): Middleware
  /** Whether the principal has the permission. Never throws: nobody has none, and what is no permission is granted to nobody. */
  can(principal: Principal | undefined, permission: Name): boolean
  /**
   * What the principal may do, prepared for many questions. It answers for the roles and scopes of this moment: keep it no
   * longer than the request.
   */
  compile(principal: Principal | undefined): Ability<Name>
}

/**
 * Puts a policy of roles and permissions in force. Whatever no role grants is denied.
 *
 * ```ts
 * const access = rbac({ roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } } })
 * app.post('/orders', access.require('orders:create'), create)
 * ```
 * @throws SecurityError ERR_OPTION for a wrong option, a malformed or unknown permission, an unknown role in `inherits`, a cycle
 */
export function rbac<
  const Name extends string = string,
  const Roles extends RoleDefinitions<NoInfer<Name>> = RoleDefinitions<NoInfer<Name>>,
>(options: RbacOptions<Name> & { readonly roles: Roles & ClosedRoles<Roles> }): Access<Name> {
  checkRbacOptions(options)
  const environment = environmentOf(options)
  const policy = compilePolicy(options)
  environment.ports.offer('can', can)

  return {
    require: (...permissions) => guard(new Demand('access.require', policy, permissions, 'all')),
    requireAny: (...permissions) => guard(new Demand('access.requireAny', policy, permissions, 'any')),
    can,
    compile: (principal) => new CompiledAbility(policy, principal ?? { roles: [] }),
  }

  function can(principal: Principal | undefined, permission: string): boolean {
    if (debug.enabled) debug(explain(policy, principal, permission))
    if (!principal) return false
    const target = policy.target(permission)
    return target !== undefined && policy.allows(principal, target)
  }

  function guard(demand: Demand): Middleware {
    const { permissions, quantifier } = demand
    return defineMiddleware({
      name: 'rbac',
      requires: {
        authentication: 'required',
        ...(quantifier === 'all' ? { permissions } : { anyPermissions: [permissions] }),
      },
      environment,
      gate(exchange) {
        const { principal } = exchange
        const granted = principal !== undefined && demand.metBy(principal)
        const recorded = record(exchange, demand, granted)
        if (granted) return recorded
        const refusal = principal ? forbidden(demand.scopesToAskFor(principal)) : coreError('ERR_UNAUTHENTICATED')
        if (recorded === undefined) throw refusal
        return recorded.then(() => {
          throw refusal
        })
      },
    })
  }

  /** Tells listeners of the decision; a promise where one of them holds the request. */
  function record(exchange: Exchange, demand: Demand, granted: boolean): void | Promise<void> {
    const { principal } = exchange
    if (debug.enabled) {
      for (const one of demand.permissions)
        debug(`${exchange.method} ${exchange.path}: ${explain(policy, principal, one)}`)
    }
    if (!environment.listening) return undefined
    const { permissions, quantifier } = demand
    const missing = demand.missing(principal)
    return environment.publish(
      'authz.decided',
      { granted, permissions, quantifier, roles: principal?.roles ?? [], missing },
      exchange,
    )
  }
}
