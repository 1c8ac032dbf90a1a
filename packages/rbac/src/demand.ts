import { coreError, nearest, optionError, type Principal, type SecurityError } from '@sallyport/core'
import { rbacError } from './errors.ts'
import { DENIED, DEPENDS, GRANTED, type Decision, type Policy } from './policy.ts'
import { isPermission, PERMISSION_FORM } from './permission.ts'
import type { Target } from './target.ts'
import type { Debt } from './visit.ts'

/** What a route demands: all of some permissions, or any of them. */
export class Demand {
  readonly permissions: readonly string[]
  readonly quantifier: 'all' | 'any'
  #policy: Policy
  #targets: readonly (Target | undefined)[]
  #plain: boolean

  /** @throws SecurityError ERR_OPTION for no permission at all, a malformed and an unknown one */
  constructor(name: string, policy: Policy, permissions: readonly string[], quantifier: 'all' | 'any') {
    if (permissions.length === 0) throw coreError('ERR_OPTION', { message: `${name}: name at least one permission` })
    this.permissions = Object.freeze([...permissions])
    this.quantifier = quantifier
    this.#policy = policy
    this.#targets = permissions.map((permission, i) => targetOf(name, policy, permission, i))
    this.#plain = this.#targets.every(isPlain)
  }

  /** Decides under a policy, as far as it can be without the object or with it. */
  decide(policy: Policy, principal: Principal, roles: readonly string[], object?: unknown): Decision {
    const targets = this.#targetsOf(policy)
    const any = this.quantifier === 'any'
    let result: Decision = any ? DENIED : GRANTED
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]
      const one = target === undefined ? DENIED : policy.decide(principal, roles, target, object)
      if (one === (any ? GRANTED : DENIED)) return one
      if (one === DEPENDS) result = DEPENDS
    }
    return result
  }

  /** Whether roles and scopes decide it alone, with all fields. */
  isPlain(policy: Policy): boolean {
    this.#targetsOf(policy)
    return this.#plain
  }

  /** What is granted in part only: what must be checked on the object, or on its fields, before the route may answer. */
  debts(policy: Policy, principal: Principal, roles: readonly string[], object?: unknown): readonly Debt[] {
    const open: Debt[] = []
    for (const target of this.#targetsOf(policy)) {
      const decision = target === undefined ? DENIED : policy.decide(principal, roles, target, object)
      if (target === undefined || decision === DENIED) continue
      const fieldsOnly = decision === GRANTED
      const whole = fieldsOnly && policy.fieldLimit(principal, roles, target, object) === undefined
      if (!whole) open.push({ permissions: [target.permission], fieldsOnly })
      else if (this.quantifier === 'any') return []
    }
    if (this.quantifier === 'all' || open.length < 2) return open
    return [
      {
        permissions: open.flatMap(({ permissions }) => permissions),
        fieldsOnly: open.every(({ fieldsOnly }) => fieldsOnly),
      },
    ]
  }

  /** The scopes with which a new token of the same owner would meet the demand; none where no token would, or there is none. */
  scopesToAskFor(policy: Policy, principal: Principal, roles: readonly string[], object?: unknown): readonly string[] {
    if (!isToken(principal) || principal.scopes === undefined) return []
    const { scopes: _, ...unlimited } = principal
    const targets = this.#targetsOf(policy)
    const helped = targets.filter(
      (target) => target !== undefined && policy.decide(unlimited, roles, target, object) !== DENIED,
    ) as readonly Target[]
    if (this.quantifier === 'any') return helped.slice(0, 1).map((target) => policy.scopeFor(target))
    // All of them, not just the missing ones: the new token replaces the old.
    return helped.length === targets.length ? helped.map((target) => policy.scopeFor(target)) : []
  }

  /** Nothing that one policy said is asked about another. */
  #targetsOf(policy: Policy): readonly (Target | undefined)[] {
    if (policy !== this.#policy) {
      this.#targets = this.permissions.map((permission) => policy.target(permission))
      this.#plain = this.#targets.every(isPlain)
      this.#policy = policy
    }
    return this.#targets
  }
}

function isPlain(target: Target | undefined): boolean {
  return target === undefined || (target.plain && !target.limited)
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

/** Whether the caller presented a token: its scopes are what an issuer can be asked for. */
function isToken({ credential: { kind } }: Principal): boolean {
  return kind === 'bearer' || kind === 'dpop'
}

/**
 * The caller is known and may not. What is missing is not told, with one exception: a client whose token was made too narrow for
 * what its owner may do is told the scopes to ask for (RFC 6750, section 3.1).
 *
 * @param scopes what to ask the issuer for, where that would help
 * @param principal whose token it is: the challenge is of its scheme
 */
export function forbidden(scopes: readonly string[], principal?: Principal): SecurityError {
  if (scopes.length === 0) return rbacError('ERR_RBAC_FORBIDDEN')
  const wanted = [...new Set(scopes)].join(' ')
  // A token that is bound to a key has a scheme of its own (RFC 9449, section 7.1).
  const scheme = principal?.credential.kind === 'dpop' ? 'DPoP' : 'Bearer'
  return rbacError('ERR_RBAC_FORBIDDEN', {
    headers: { 'www-authenticate': `${scheme} error="insufficient_scope", scope="${wanted}"` },
  })
}
