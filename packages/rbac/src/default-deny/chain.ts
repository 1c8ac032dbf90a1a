import { decisionIn, decisionOn, describeGate, exchangeOf, type RouteDecision } from '@sallyport/core'

/** What a function of a route decides when it lets somebody pass. */
function decisionOf(one: unknown): RouteDecision | undefined {
  const description = describeGate(one)
  return description && decisionIn(description.requires)
}

/** Whether a request has come past a gate that demanded a permission, or somebody who is known. */
export function isDecided(seen: object): boolean {
  const exchange = exchangeOf(seen)
  const decision = exchange && decisionOn(exchange)
  return decision === 'permission' || decision === 'login'
}

/**
 * Whether a function that stands on a route may run though nobody decided yet: behind `publicRoute()`, or where it only prepares what a gate
 * after it asks for, with the handler behind that gate. Public is a route by its own word alone, so what `use()` says is not asked.
 */
export function mayRunUndecided(chain: readonly unknown[], position: number): boolean {
  if (chain.slice(0, position).some((one) => decisionOf(one) === 'public')) return true
  const gate = chain.findIndex((one, i) => i > position && decisionOf(one) !== undefined)
  return gate !== -1 && chain.slice(gate + 1).some(isHandler)
}

/** Functions with four parameters are Express's for errors: nobody is served by one. */
function isHandler(one: unknown): boolean {
  return typeof one === 'function' && one.length < 4 && describeGate(one) === undefined
}
