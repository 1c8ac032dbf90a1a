import { coreError, debugOf, type Principal } from '@sallyport/core'
import { CompiledAbility } from './ability.ts'
import { visibleFields, writableFields, type FieldLimit } from './fields.ts'
import type { Caller, Decider } from './decider.ts'
import { DENIED, GRANTED } from './policy.ts'
import { Demand, forbidden } from './demand.ts'
import { rbacError } from './errors.ts'
import { filterOf, NOTHING, type ListFilter } from './list-filter.ts'
import type { Visit } from './visit.ts'

const debug = debugOf('rbac')

/** What an app asks outside of gates. */
export class Questions {
  readonly #decider: Decider

  constructor(decider: Decider) {
    this.#decider = decider
  }

  can(principal: Principal | undefined, permission: string, object?: object): boolean {
    const decider = this.#decider
    if (debug.enabled) debug(decider.explain(principal, permission, object).text)
    if (!principal) return false
    const { policy } = decider.inForce
    const target = policy.target(permission)
    if (target === undefined) return false
    const granted = policy.decide(principal, decider.rolesOf(principal), target, object) === GRANTED
    if (granted && object !== undefined) this.#settle(decider.callerOf(principal), permission, object)
    return granted
  }

  check<Checked>(who: unknown, permission: string, object: Checked): Checked {
    const caller = this.#demand(who, permission, [object])
    this.#settle(caller, permission, object)
    return object
  }

  pick(who: unknown, permission: string, given: object): unknown {
    const objects: readonly object[] = Array.isArray(given) ? given : [given]
    const caller = this.#demand(who, permission, objects)
    const picked = objects.map((object) => visibleFields(object, this.#fieldLimit(caller, permission, object)))
    this.#visit(caller)?.settle(permission, 'filtered')
    return Array.isArray(given) ? picked : picked[0]
  }

  strip(who: unknown, permission: string, input: unknown, object?: object): object {
    const caller = this.#demand(who, permission, [object])
    const limit = this.#fieldLimit(caller, permission, object)
    this.#visit(caller)?.settle(permission, 'filtered')
    const kept = typeof input === 'object' && input !== null ? writableFields(input, limit) : undefined
    return typeof kept === 'object' && kept !== null ? kept : {}
  }

  filter(who: unknown, permission: string): ListFilter {
    const decider = this.#decider
    const caller = decider.callerOf(who)
    const { principal } = caller
    const { policy } = decider.inForce
    const target = policy.target(permission)
    const roles = principal ? decider.rolesOf(principal) : []
    const granted =
      principal !== undefined && target !== undefined && policy.decide(principal, roles, target) !== DENIED
    decider.recordAside({ caller, permissions: [permission], quantifier: 'all', granted, filtered: granted })
    if (!granted) return NOTHING
    const limited = policy.fieldLimit(principal, roles, target) !== undefined
    this.#visit(caller)?.settle(permission, limited ? 'limited' : 'whole')
    return filterOf(policy, principal, roles, target)
  }

  compile(principal: Principal | undefined): CompiledAbility {
    const { inForce } = this.#decider
    const somebody = principal ?? NOBODY
    return new CompiledAbility(inForce, somebody, principal ? this.#decider.rolesOf(principal) : [])
  }

  /**
   * Demands the permission on all of some objects; of none, that it is not denied outright.
   * @throws SecurityError ERR_UNAUTHENTICATED, ERR_RBAC_FORBIDDEN, ERR_RBAC_POLICY_UNAVAILABLE
   */
  #demand(who: unknown, permission: string, objects: readonly unknown[]): Caller {
    const decider = this.#decider
    if (!decider.inForce.loaded) throw rbacError('ERR_RBAC_POLICY_UNAVAILABLE')
    const caller = decider.callerOf(who)
    const { principal } = caller
    const about = { caller, permissions: [permission], quantifier: 'all' } as const
    const refuse = (error: Error, object?: unknown): never => {
      decider.recordAside({ ...about, granted: false, object })
      throw error
    }
    if (principal === undefined) return refuse(coreError('ERR_UNAUTHENTICATED'))
    for (const object of objects) {
      if (decider.decide(principal, permission, object) === GRANTED) continue
      return refuse(forbidden(this.#scopesToAskFor(principal, permission, object), principal), object)
    }
    if (objects.length === 0 && (decider.decide(principal, permission) ?? DENIED) === DENIED)
      return refuse(forbidden([]))
    decider.recordAside({
      ...about,
      granted: true,
      object: objects[0],
      ...(objects.length === 0 && { filtered: true }),
    })
    return caller
  }

  #scopesToAskFor(principal: Principal, permission: string, object: unknown): readonly string[] {
    const { policy } = this.#decider.inForce
    if (policy.target(permission) === undefined) return []
    const demand = new Demand('access.check', policy, [permission], 'all')
    return demand.scopesToAskFor(policy, principal, this.#decider.rolesOf(principal), object)
  }

  #fieldLimit({ principal }: Caller, permission: string, object: unknown): FieldLimit | undefined {
    const { policy } = this.#decider.inForce
    const target = policy.target(permission)!
    return policy.fieldLimit(principal!, this.#decider.rolesOf(principal!), target, object)
  }

  /** Tells the request that one of its objects was checked. */
  #settle(caller: Caller, permission: string, object: unknown): void {
    const visit = this.#visit(caller)
    if (visit === undefined || visit.debts.length === 0) return
    visit.settle(permission, this.#fieldLimit(caller, permission, object) === undefined ? 'whole' : 'limited')
  }

  #visit({ exchange }: Caller): Visit | undefined {
    return exchange && this.#decider.visitIfAny(exchange)
  }
}

/** Has no roles, and therefore nothing. */
const NOBODY: Principal = { issuer: '', subject: '', roles: [], amr: [], credential: { kind: 'none', ambient: false } }
