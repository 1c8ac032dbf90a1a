import { coreError, nearest, optionError, type Principal } from '@sallyport/core'
import { isPermission, PERMISSION_FORM } from './permission.ts'
import type { Policy, Target } from './policy.ts'

/** What a route demands: all of some permissions, or any of them. */
export class Demand {
  readonly permissions: readonly string[]
  readonly quantifier: 'all' | 'any'
  readonly #policy: Policy
  readonly #targets: readonly Target[]
  readonly #any: boolean

  /** @throws SecurityError ERR_OPTION for no permission at all, a malformed and an unknown one */
  constructor(name: string, policy: Policy, permissions: readonly string[], quantifier: 'all' | 'any') {
    if (permissions.length === 0) throw coreError('ERR_OPTION', { message: `${name}: name at least one permission` })
    this.permissions = Object.freeze([...permissions])
    this.#policy = policy
    this.#targets = permissions.map((permission, i) => targetOf(name, policy, permission, i))
    this.quantifier = quantifier
    this.#any = quantifier === 'any'
  }

  metBy(principal: Principal): boolean {
    for (const target of this.#targets) if (this.#policy.allows(principal, target) === this.#any) return this.#any
    return !this.#any
  }

  missing(principal: Principal | undefined): readonly string[] {
    if (principal === undefined) return this.permissions
    return this.#targets.filter((target) => !this.#policy.allows(principal, target)).map(({ permission }) => permission)
  }

  /** The scopes with which a new token of the same owner would meet the demand; none where no token would, or there is none. */
  scopesToAskFor(principal: Principal): readonly string[] {
    if (principal.credential.kind !== 'bearer') return []
    const helped = this.#targets.filter((target) => this.#policy.rolesAllow(principal, target))
    if (this.#any) return helped.slice(0, 1).map((target) => this.#policy.scopeFor(target))
    // All of them, not just the missing ones: the new token replaces the old.
    return helped.length === this.#targets.length ? helped.map((target) => this.#policy.scopeFor(target)) : []
  }
}

function targetOf(name: string, policy: Policy, permission: string, position: number): Target {
  const target = isPermission(permission) ? policy.target(permission) : undefined
  if (target !== undefined) return target
  const { catalogue } = policy
  if (catalogue === undefined || !isPermission(permission)) {
    throw optionError(name, `permissions[${position}]`, permission, { accepts: PERMISSION_FORM })
  }
  const meant = nearest(permission, [...catalogue])
  throw optionError(name, `permissions[${position}]`, permission, {
    accepts: `what the catalogue \`permissions\` holds${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  })
}
