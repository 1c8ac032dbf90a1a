import { coreError, defineMiddleware, type Answer, type Exchange, type Middleware } from '@sallyport/core'
import type { Adaptive } from './adaptive.ts'
import { Demand, type DemandOptions } from './demand.ts'
import { refuse } from './refusal.ts'
import type { Settings } from './settings.ts'

/** Makes the gate of a route that demands a strong, or a fresh, login. */
export function requireStepUp(settings: Settings, adaptive: Adaptive | undefined, options: DemandOptions): Middleware {
  const demand = new Demand('mfa.require', options, settings.levels, settings.methods)
  return defineMiddleware({
    name: 'mfa.require',
    requires: { authentication: 'required', factors: demand.acr === undefined ? demand.methods : [demand.acr] },
    environment: settings.environment,
    gate: (exchange) => checkDemand(settings, adaptive, demand, exchange),
  })
}

/**
 * Lets a login pass that satisfies a demand. Synchronous where it does, and no risk is asked for.
 * @throws SecurityError ERR_UNAUTHENTICATED (401), and what `refuse` throws
 */
export function checkDemand(
  settings: Settings,
  adaptive: Adaptive | undefined,
  demand: Demand,
  exchange: Exchange,
): void | Answer | Promise<void | Answer> {
  const state = settings.logins.read(exchange)
  if (state === undefined) throw coreError('ERR_UNAUTHENTICATED')
  if (!demand.holds(state))
    return refuse(settings, exchange, 'step-up', { acr: demand.acrValues, maxAge: demand.maxAge })
  if (adaptive === undefined) return undefined
  return adaptive.raised(exchange).then((maxAge) => {
    if (maxAge === undefined || demand.holds(state, Math.min(maxAge, demand.maxAge ?? Infinity))) return undefined
    return refuse(settings, exchange, 'step-up', { acr: demand.acrValues, maxAge })
  })
}
