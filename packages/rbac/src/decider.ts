import {
  currentExchange,
  debugOf,
  exchangeOf,
  originOf,
  sameAccount,
  type AuthorizationDecision,
  type Environment,
  type Exchange,
  type Principal,
} from '@sallyport/core'
import type { Decision } from './policy.ts'
import { explain, type Explanation } from './explanation.ts'
import type { PolicyInForce } from './in-force.ts'
import { sidesOf } from './permission.ts'
import { roleOfService } from './services.ts'
import { Visit } from './visit.ts'

const debug = debugOf('rbac')

/** Who asks, and on which request, where that is known. */
export interface Caller {
  readonly principal: Principal | undefined
  readonly exchange: Exchange | undefined
}

/** What was decided, for events. */
export interface Record {
  readonly caller: Caller
  readonly permissions: readonly string[]
  readonly quantifier: 'all' | 'any'
  readonly granted: boolean
  readonly object?: unknown
  /** Set where the objects are asked one by one: granted as far as they are. */
  readonly filtered?: boolean
}

/** Principals that were made for one request alone, so that a check of one tells which request it was for; of every `rbac()` on it. */
const exchanges = new WeakMap<object, Exchange>()

/** What the gates and questions of one `rbac()` share. */
export class Decider {
  readonly environment: Environment
  readonly inForce: PolicyInForce
  readonly #serviceOf: ((principal: Principal) => string | undefined) | undefined
  readonly #slot = Symbol('rbac')
  #reported = false

  constructor(
    environment: Environment,
    inForce: PolicyInForce,
    serviceOf: ((principal: Principal) => string | undefined) | undefined,
  ) {
    this.environment = environment
    this.inForce = inForce
    this.#serviceOf = serviceOf
  }

  /** The roles of a principal, with that of the service that it is. */
  rolesOf(principal: Principal): readonly string[] {
    const { services } = this.inForce.policy.parts
    return this.#serviceOf === undefined || services.size === 0 ? principal.roles : this.#withService(principal)
  }

  decide(principal: Principal, permission: string, object?: unknown): Decision | undefined {
    const { policy } = this.inForce
    const target = policy.target(permission)
    return target && policy.decide(principal, this.rolesOf(principal), target, object)
  }

  explain(principal: Principal | undefined, permission: string, object?: unknown): Explanation {
    return explain(this.inForce.policy, principal, principal ? this.rolesOf(principal) : [], permission, object)
  }

  /** Who asks: a principal, what handlers see (`req`, `ctx`), or an exchange. */
  callerOf(who: unknown): Caller {
    if (typeof who !== 'object' || who === null) return { principal: undefined, exchange: undefined }
    if ((who as Exchange).environment === this.environment) {
      return { principal: (who as Exchange).principal, exchange: who as Exchange }
    }
    const exchange = exchangeOf(who)
    if (exchange) return { principal: exchange.principal, exchange }
    const principal = who as Principal
    if (typeof principal.subject !== 'string') return { principal: undefined, exchange: undefined }
    return { principal, exchange: exchanges.get(principal) ?? this.#current(principal) }
  }

  /** What is known of a request; made where there is nothing yet. */
  visitOf(exchange: Exchange): Visit {
    const holder = exchange as Exchange & { [slot: symbol]: Visit | undefined }
    return (holder[this.#slot] ??= new Visit())
  }

  /** Whether something was noted of a request. */
  visitIfAny(exchange: Exchange): Visit | undefined {
    return (exchange as Exchange & { [slot: symbol]: Visit | undefined })[this.#slot]
  }

  /** Gives the request a principal of its own: others may come with the same token at the same time, and share theirs. */
  adopt(exchange: Exchange): void {
    const { principal } = exchange
    if (principal === undefined || exchanges.has(principal)) return
    const own = Object.freeze({ ...principal })
    exchanges.set(own, exchange)
    exchange.elevate(own)
  }

  /** Tells listeners of a decision; a promise where one of them holds the request. */
  record({ caller, permissions, quantifier, granted, object, filtered }: Record): void | Promise<void> {
    const { principal, exchange } = caller
    const { environment } = this
    if (!debug.enabled && !environment.listening) return undefined
    const explanations = permissions.map((permission) => this.explain(principal, permission, object))
    if (debug.enabled) {
      const request = exchange ? `${exchange.method} ${exchange.path}: ` : ''
      for (const { text } of explanations) debug(`${request}${text}`)
    }
    if (!environment.listening) return undefined
    const roles: readonly string[] = Array.isArray(principal?.roles) ? principal.roles : []
    const decisions = explanations.map((one) => decisionOf(one, filtered === true))
    const missing = decisions.filter((one) => !one.granted).map(({ permission }) => permission)
    const policy = this.inForce.policy.version
    return environment.publish(
      'authz.decided',
      { granted, permissions, quantifier, roles, missing, policy, decisions },
      exchange,
    )
  }

  /** The same for a decision that was made in passing: what its listeners wait for holds the response. */
  recordAside(record: Record): void {
    const wait = this.record(record)
    if (wait === undefined) return
    const { exchange } = record.caller
    wait.catch(() => undefined)
    if (exchange && !exchange.headersSent) exchange.beforeEnd(() => wait)
  }

  #withService(principal: Principal): readonly string[] {
    let service: string | undefined
    try {
      service = this.#serviceOf!(principal)
    } catch (thrown) {
      this.#report(thrown)
    }
    if (typeof service !== 'string' || !this.inForce.policy.parts.services.has(service)) return principal.roles
    const held: readonly string[] = Array.isArray(principal.roles) ? principal.roles : []
    return [...held, roleOfService(service)]
  }

  #report(thrown: unknown): void {
    if (this.#reported) return
    this.#reported = true
    const { name, at } = originOf(thrown)
    process.emitWarning(
      `rbac: serviceOf threw ${name} ${at ?? ''}; the caller counts as no service`,
      'SallyportWarning',
    )
  }

  #current(principal: Principal): Exchange | undefined {
    if (!this.environment.asyncContext) return undefined
    const exchange = currentExchange()
    const same =
      exchange?.environment === this.environment && exchange.principal && sameAccount(exchange.principal, principal)
    return same ? exchange : undefined
  }
}

/** Labels of metrics, and why. */
function decisionOf(
  { permission, decision, reason, rule, rolesThatGrant, text }: Explanation,
  filtered: boolean,
): AuthorizationDecision {
  const { resource = '', action } = sidesOf(permission)
  return {
    permission,
    resource,
    action,
    granted: decision === 'granted' || (filtered && decision === 'depends'),
    reason,
    ...(rule && { role: rule.role, rule: rule.at }),
    ...(rolesThatGrant && { rolesThatGrant }),
    why: text,
  }
}
