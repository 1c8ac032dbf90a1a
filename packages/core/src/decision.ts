import type { Exchange } from './exchange.ts'
import type { Requirements } from './gate.ts'

/**
 * What decided who may be here: a permission or scope that was demanded, the rule that whoever is known may, or that it is open to
 * everybody.
 */
export type RouteDecision = 'permission' | 'login' | 'public'

/** Under this key an exchange carries the strongest decision so far, for all copies of this package. */
const DECISION = Symbol.for('sallyport.decision')

const STRENGTH: Readonly<Record<RouteDecision, number>> = { public: 1, login: 2, permission: 3 }

type Decided = Exchange & { [DECISION]?: RouteDecision; readonly trial?: boolean }

/** Notes that a gate decided who may be here, and let the caller pass. What only reports decides nothing. */
export function recordDecision(exchange: Exchange, decision: RouteDecision): void {
  const decided = exchange as Decided
  if (decided.trial === true) return
  const present = decided[DECISION]
  if (present === undefined || STRENGTH[decision] > STRENGTH[present]) decided[DECISION] = decision
}

/** The strongest decision that was made on the exchange so far. */
export function decisionOn(exchange: Exchange): RouteDecision | undefined {
  return (exchange as Decided)[DECISION]
}

/** What a gate decides when it lets somebody pass; nothing where it only looks, as a gate does that finds out who is calling. */
export function decisionIn(requires: Requirements): RouteDecision | undefined {
  const { permissions = [], anyPermissions = [], scopes = [] } = requires
  if (permissions.length + anyPermissions.length + scopes.length > 0) return 'permission'
  if (requires.login !== undefined) return 'login'
  return requires.public === undefined ? undefined : 'public'
}
