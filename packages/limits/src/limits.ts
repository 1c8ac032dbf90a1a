import { defineMiddleware, environmentOf, type Exchange, type Middleware } from '@sallyport/core'
import { Counter, type Count } from './counter.ts'
import { limitsError } from './errors.ts'
import { keyOf } from './key.ts'
import { checkRateLimitOptions, type RateLimitOptions } from './options.ts'
import { unnamedProxyWatch } from './unnamed-proxy.ts'

/**
 * Limits how many requests are let through in a time, and says so in `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * ```ts
 * app.use(rateLimit({ limit: 300 }))
 * app.post('/login', rateLimit({ name: 'login', limit: 10, window: 900 }), login)
 * ```
 * Mount one that counts accounts or credentials behind the gate that finds out who is calling. On a route it limits that route, however the
 * URL is spelt.
 * @throws SecurityError ERR_OPTION at construction; ERR_LIMITS_EXCEEDED (429, with `Retry-After`), ERR_LIMITS_UNAVAILABLE (503) on requests
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  checkRateLimitOptions(options)
  const environment = environmentOf(options)
  const { limit, window = 60, by = 'address', cost, deadline = 100, onLimiterFailure: mode = 'memory' } = options
  const name = options.name ?? (typeof by === 'function' ? 'custom' : by)
  const spec = { keyPrefix: `sallyport-limit-${name}`, points: limit, duration: window }
  const counter = new Counter(environment, spec, options.limiter, { mode, deadline, name })
  const policy = `"${name}";q=${limit};w=${window}`
  const watchProxies = unnamedProxyWatch()

  return defineMiddleware({
    name: `rateLimit(${name})`,
    environment,
    async gate(exchange) {
      const key = keyOf(exchange, by)
      const points = cost?.(exchange) ?? 1
      if (key === undefined || points === 0) return
      if (by === 'address') watchProxies(exchange)
      const count = await counter.count(key, points)
      if (count) tell(exchange, count)
    },
  })

  function tell(exchange: Exchange, { exceeded, remaining, wait }: Count): void {
    const seconds = Math.max(1, Math.ceil(wait / 1000))
    const state = `"${name}";r=${remaining};t=${seconds}`
    if (!exchange.headersSent) {
      exchange.appendHeader('RateLimit-Policy', policy)
      exchange.appendHeader('RateLimit', state)
    }
    // Koa clears what was set when it answers an error: there the error brings them along.
    if (exceeded) {
      throw limitsError('ERR_LIMITS_EXCEEDED', {
        headers: { 'retry-after': String(seconds), 'ratelimit-policy': policy, ratelimit: state },
      })
    }
  }
}
