import { recordDecision } from './decision.ts'
import { environmentOf, type Environment } from './environment.ts'
import { defineMiddleware, type Middleware } from './hosts/middleware.ts'
import { optionError } from './options.ts'

/**
 * Says that a route is open to everybody, and why: for whoever reads the code or the list of routes, and for a default deny.
 *
 * ```ts
 * app.get('/health', publicRoute('the load balancer asks'), health)
 * ```
 * It stands on the route itself. In `app.use()` it is good for what other handlers of `use()` answer after it, such as
 * `express.static()`, and never for a route.
 * @throws SecurityError ERR_OPTION without a reason
 */
export function publicRoute(why: string, options: { readonly env?: Environment } = {}): Middleware {
  if (typeof why !== 'string' || why.trim() === '') {
    throw optionError('publicRoute', 'why', why, { accepts: 'the reason, for whoever reads the list of routes' })
  }
  return defineMiddleware({
    name: 'publicRoute',
    requires: { authentication: 'none', public: why },
    environment: environmentOf(options),
    gate: (exchange) => recordDecision(exchange, 'public'),
  })
}
