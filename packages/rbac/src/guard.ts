import {
  coreError,
  defineMiddleware,
  exchangeOf,
  isPromise,
  recordDecision,
  type Exchange,
  type Middleware,
  type Principal,
  type SecurityError,
} from '@sallyport/core'
import type { Decider } from './decider.ts'
import { DENIED, GRANTED } from './policy.ts'
import { forbidden, type Demand } from './demand.ts'
import { rbacError } from './errors.ts'
import type { ObjectReader } from './loader.ts'
import { unchecked, type Debt } from './visit.ts'

/** Fetches objects for one gate and keeps each with its exchange. */
export class Loader {
  readonly #read: ObjectReader<object, unknown>
  readonly #slot = Symbol('rbac.load')

  constructor(read: ObjectReader<object, unknown>) {
    this.#read = read
  }

  /** @returns what the app found, or a promise of it; nothing else is done with it */
  fetch(exchange: Exchange): unknown {
    return this.#read(exchange.host.seen, exchange)
  }

  /** Hands an object that was checked to the handler. */
  keep(exchange: Exchange, object: unknown): void {
    ;(exchange as Exchange & { [slot: symbol]: unknown })[this.#slot] = object
  }

  objectOf(seen: object): unknown {
    const exchange = exchangeOf(seen) as (Exchange & { [slot: symbol]: unknown }) | undefined
    if (exchange && Object.hasOwn(exchange, this.#slot)) return exchange[this.#slot]
    throw coreError('ERR_NO_EXCHANGE', {
      message: 'This gate has let nobody in on this request; mount it before the handler',
    })
  }
}

/** How a gate comes to the object that its demand is about. */
export interface Loading {
  readonly loader: Loader
  /** Whether an object that the caller may not have is answered like one that is not there. */
  readonly hide: boolean
}

/** The gates of one `rbac()`. */
export class Guards {
  readonly #decider: Decider
  /** Whether a gate that only loads is in use, and must be told what the gates before it demanded. */
  #loads = false
  readonly #warned = new Set<string>()

  constructor(decider: Decider) {
    this.#decider = decider
  }

  /** The gate of a demand. */
  require(demand: Demand, loading?: Loading): Middleware {
    const { permissions, quantifier } = demand
    for (const permission of permissions) this.#decider.inForce.demanded.add(permission)
    return this.#middleware(
      'rbac',
      quantifier === 'all' ? { permissions } : { anyPermissions: [permissions] },
      (exchange) => this.#open(exchange, demand, loading),
    )
  }

  /** The gate that fetches an object and checks all that was demanded before it. */
  load(loading: Loading): Middleware {
    this.#loads = true
    return this.#middleware('rbac.load', {}, (exchange) => {
      const demands = this.#decider.visitIfAny(exchange)?.demands ?? []
      if (demands.length > 0) return this.#fetch(exchange, demands, loading)
      throw coreError('ERR_OPTION', {
        message: 'access.load() found no access.require() before it on this route: it would check nothing',
      })
    })
  }

  /** The gate of a route that needs no permission, only somebody who is known. */
  authenticated(why: string): Middleware {
    return this.#middleware('rbac.authenticated', { login: why }, (exchange) => {
      if (exchange.principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
      recordDecision(exchange, 'login')
    })
  }

  #middleware(name: string, permissions: object, open: (exchange: Exchange) => void | Promise<void>): Middleware {
    const { environment, inForce } = this.#decider
    return defineMiddleware({
      name,
      requires: { authentication: 'required', ...permissions },
      environment,
      gate: (exchange) => (inForce.loaded ? open(exchange) : inForce.ready().then(() => open(exchange))),
    })
  }

  #open(exchange: Exchange, demand: Demand, loading: Loading | undefined): void | Promise<void> {
    const decider = this.#decider
    const { policy } = decider.inForce
    const { principal } = exchange
    if (principal === undefined) return this.#refuse(exchange, demand, coreError('ERR_UNAUTHENTICATED'))
    const roles = decider.rolesOf(principal)
    const decision = demand.decide(policy, principal, roles)
    if (decision === DENIED) return this.#deny(exchange, demand, principal, loading?.hide === true)
    if (loading) return this.#fetch(exchange, [demand], loading)
    if (this.#loads) decider.visitOf(exchange).demands.push(demand)
    if (demand.isPlain(policy)) return this.#pass(exchange, demand)
    const debts = demand.debts(policy, principal, roles)
    if (debts.length === 0) return this.#pass(exchange, demand)
    // Nothing of an upgraded connection can be withheld.
    if (exchange.upgrade) return this.#refuse(exchange, demand, unchecked(debts))
    recordDecision(exchange, 'permission')
    this.#owe(exchange, debts)
  }

  #fetch(exchange: Exchange, demands: readonly Demand[], loading: Loading): void | Promise<void> {
    const found = loading.loader.fetch(exchange)
    return isPromise(found)
      ? found.then((object) => this.#judge(exchange, demands, loading, object))
      : this.#judge(exchange, demands, loading, found)
  }

  /** Under the policy and the principal of this moment: while the object was fetched, both may have changed. */
  #judge(
    exchange: Exchange,
    demands: readonly Demand[],
    { loader, hide }: Loading,
    object: unknown,
  ): void | Promise<void> {
    const decider = this.#decider
    const { policy } = decider.inForce
    const { principal } = exchange
    if (object === undefined || object === null) throw rbacError('ERR_RBAC_NOT_FOUND')
    if (principal === undefined) return this.#refuse(exchange, demands[0]!, coreError('ERR_UNAUTHENTICATED'), object)
    const roles = decider.rolesOf(principal)
    const waits: Promise<void>[] = []
    for (const demand of demands) {
      if (demand.decide(policy, principal, roles, object) !== GRANTED) {
        return this.#deny(exchange, demand, principal, hide, object)
      }
      const wait = this.#pass(exchange, demand, object)
      if (wait) waits.push(wait)
    }
    for (const demand of demands) this.#settle(exchange, demand, principal, roles, object)
    loader.keep(exchange, object)
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  /** What an earlier gate left open is checked now; what is limited to fields stays open. */
  #settle(exchange: Exchange, demand: Demand, principal: Principal, roles: readonly string[], object: unknown): void {
    const { policy } = this.#decider.inForce
    if (demand.isPlain(policy)) return
    const debts = demand.debts(policy, principal, roles, object)
    const visit = debts.length === 0 ? this.#decider.visitIfAny(exchange) : this.#decider.visitOf(exchange)
    for (const permission of demand.permissions) visit?.settle(permission, 'filtered')
    if (debts.length > 0) this.#owe(exchange, debts)
  }

  #pass(exchange: Exchange, demand: Demand, object?: unknown): void | Promise<void> {
    recordDecision(exchange, 'permission')
    return this.#record(exchange, demand, true, object)
  }

  #deny(
    exchange: Exchange,
    demand: Demand,
    principal: Principal,
    hide: boolean,
    object?: unknown,
  ): void | Promise<void> {
    const decider = this.#decider
    const { policy } = decider.inForce
    const refusal = hide
      ? rbacError('ERR_RBAC_NOT_FOUND')
      : forbidden(demand.scopesToAskFor(policy, principal, decider.rolesOf(principal), object), principal)
    return this.#refuse(exchange, demand, refusal, object)
  }

  #refuse(exchange: Exchange, demand: Demand, refusal: SecurityError, object?: unknown): void | Promise<void> {
    const recorded = this.#record(exchange, demand, false, object)
    if (recorded === undefined) throw refusal
    return recorded.then(() => {
      throw refusal
    })
  }

  #record(exchange: Exchange, demand: Demand, granted: boolean, object?: unknown): void | Promise<void> {
    const { permissions, quantifier } = demand
    const caller = { principal: exchange.principal, exchange }
    return this.#decider.record({ caller, permissions, quantifier, granted, object })
  }

  #owe(exchange: Exchange, debts: readonly Debt[]): void {
    const decider = this.#decider
    decider.adopt(exchange)
    // A gate that only reports must not withhold anything later either.
    const reportOnly = (exchange as Exchange & { readonly trial?: boolean }).trial === true
    decider.visitOf(exchange).owe(exchange, debts, (left) => {
      this.#tellWithheld(exchange, left, reportOnly)
      return reportOnly ? 'report' : 'refuse'
    })
  }

  #tellWithheld(exchange: Exchange, debts: readonly Debt[], reportOnly: boolean): void {
    const { message } = unchecked(debts)
    if (!reportOnly && !this.#warned.has(message) && this.#warned.size < 100) {
      this.#warned.add(message)
      process.emitWarning(`rbac: ${message}`, 'SallyportWarning')
    }
    const caller = { principal: exchange.principal, exchange }
    const permissions = [...new Set(debts.flatMap((debt) => debt.permissions))]
    const refused = { gate: 'rbac', code: 'ERR_RBAC_UNCHECKED', status: 500, reportOnly }
    for (const wait of [
      this.#decider.record({ caller, permissions, quantifier: 'all', granted: false }),
      this.#decider.environment.publish('gate.refused', refused, exchange),
    ]) {
      // The response is refused already: there is nothing left to hold.
      wait?.catch(() => undefined)
    }
  }
}
