import { coreError, defineMiddleware, optionError, type Environment, type Middleware } from '@sallyport/core'
import helmet, { type HelmetOptions } from 'helmet'
import { sinkOf } from './sink.ts'

/**
 * Sets helmet's headers on every answer, on every host. Directives that are functions get what handlers see: `req` of Express, `ctx` of Koa.
 * @throws SecurityError ERR_OPTION
 */
export function securityHeaders(environment: Environment, options: HelmetOptions): Middleware {
  const set = helmetOf(options)
  return defineMiddleware({
    name: 'headers',
    environment,
    gate(exchange) {
      if (exchange.headersSent) return
      let failure: unknown
      set(exchange.host.seen as never, sinkOf(exchange) as never, (thrown?: unknown) => void (failure = thrown))
      if (failure) throw coreError('ERR_OPTION', { message: 'sallyport: option `headers` has a directive that failed' })
    },
  })
}

function helmetOf(options: HelmetOptions): ReturnType<typeof helmet> {
  try {
    return helmet(options)
  } catch {
    throw optionError('sallyport', 'headers', options, { accepts: 'options of helmet 8' })
  }
}
