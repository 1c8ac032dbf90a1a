import { environmentOf, optionError, type Middleware } from '@sallyport/core'
import type { Access, LoadOptions, RequireOptions } from './access.ts'
import { Decider } from './decider.ts'
import { coverWithDefaultDeny } from './default-deny/default-deny.ts'
import { Demand } from './demand.ts'
import type { ClosedRoles, RoleDefinitions } from './document.ts'
import { Guards, Loader } from './guard.ts'
import { PolicyInForce, type Origin } from './in-force.ts'
import {
  checkLoading,
  checkRbacOptions,
  isPolicySource,
  type GivenOptions,
  type RbacOptions,
  type RbacPolicyOptions,
} from './options.ts'
import { Questions } from './questions.ts'

declare module '@sallyport/core' {
  interface SecurityEventMap {
    /** Another policy came into force on this node, or was refused and the old one kept. */
    'authz.policy': {
      readonly applied: boolean
      /** Version of the policy in force from now on. */
      readonly version: string
      /** Version that was in force before, where another one was applied. */
      readonly previous?: string
      /** Where it came from. */
      readonly source: string
      /** Code of the error for which it was refused. */
      readonly code?: string
      /** What is wrong with it: places and names of the policy. */
      readonly why?: string
    }
  }
}

/**
 * Puts a policy of roles and permissions in force. Whatever no role grants is denied.
 *
 * ```ts
 * const access = rbac({ roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } } })
 * app.post('/orders', access.require('orders:create'), create)
 * ```
 * With the option `policy` it stands elsewhere, and can be replaced while the app runs.
 *
 * ```ts
 * const access = rbac({ policy: yamlFile('policy.yaml', { pollInterval: 5000 }) })
 * ```
 * @throws SecurityError ERR_OPTION for a wrong option, a malformed or unknown permission, an unknown role in `inherits`, a cycle;
 *   ERR_RBAC_POLICY_UNAVAILABLE (503) for a file that cannot be read
 */
export function rbac<
  const Name extends string = string,
  const Roles extends RoleDefinitions<NoInfer<Name>> = RoleDefinitions<NoInfer<Name>>,
>(
  options: (RbacOptions<Name> & { readonly roles: Roles & ClosedRoles<Roles> }) | RbacPolicyOptions<Name>,
): Access<Name> {
  return accessOf(options) as Access as Access<Name>
}

function accessOf(options: unknown): Access {
  checkRbacOptions(options)
  const environment = environmentOf(options)
  const inForce = new PolicyInForce({ environment, ...originOf(options) })
  const decider = new Decider(environment, inForce, options.serviceOf)
  const guards = new Guards(decider)
  const questions = new Questions(decider)
  const can: Access['can'] = (principal, permission, object) => questions.can(principal, permission, object)
  environment.ports.offer('can', can)

  return {
    require: ((...given: readonly unknown[]) => {
      const [first, second] = given
      if (typeof second !== 'object' || second === null)
        return guards.require(demandOf('require', given as string[], 'all'))
      return requireLoaded(first as string | readonly string[], second as RequireOptions<object, object>)
    }) as Access['require'],
    requireAny: (...permissions) => guards.require(demandOf('requireAny', permissions, 'any')),
    load: ((read: RequireOptions<object, object>['load'], options: LoadOptions = {}) => {
      checkLoading('access.load', { ...options, load: read })
      const loader = new Loader(read)
      return withObject(guards.load({ loader, hide: options.hide === true }), loader)
    }) as Access['load'],
    authenticated(why) {
      if (typeof why === 'string' && why.trim() !== '') return guards.authenticated(why)
      throw optionError('access.authenticated', 'why', why, { accepts: 'the reason why no permission is needed' })
    },
    defaultDeny(appOrRouter, options = {}) {
      coverWithDefaultDeny(environment, appOrRouter, options)
      return appOrRouter
    },
    can,
    check: (who, permission, object) => questions.check(who, permission, object),
    filter: (who, permission) => questions.filter(who, permission),
    pick: ((who, permission, object) => questions.pick(who, permission, object)) as Access['pick'],
    strip: ((who, permission, input, object) => questions.strip(who, permission, input, object)) as Access['strip'],
    compile: (principal) => questions.compile(principal),
    explain(who, permission, object) {
      return decider.explain(decider.callerOf(who).principal, permission, object)
    },
    get version() {
      return inForce.policy.version
    },
    ready: () => inForce.ready(),
    reload: (policy) => inForce.reload(policy),
  }

  function demandOf(name: string, permissions: readonly string[], quantifier: 'all' | 'any'): Demand {
    return new Demand(`access.${name}`, inForce.policy, permissions, quantifier)
  }

  function requireLoaded(permission: string | readonly string[], options: RequireOptions<object, object>): Middleware {
    checkLoading('access.require', options)
    const demand = demandOf('require', typeof permission === 'string' ? [permission] : permission, 'all')
    const loader = new Loader(options.load)
    return withObject(guards.require(demand, { loader, hide: options.hide === true }), loader)
  }
}

function withObject(middleware: Middleware, loader: Loader): Middleware {
  return Object.assign(middleware, { objectOf: (seen: object) => loader.objectOf(seen) })
}

function originOf(options: GivenOptions): Pick<Origin, 'from' | 'permissions'> {
  const { policy, permissions, serviceOf: _, env: __, ...document } = options
  if (policy === undefined) return { from: { document: { permissions, ...document } }, permissions: undefined }
  return { from: isPolicySource(policy) ? { source: policy } : { document: policy }, permissions }
}
