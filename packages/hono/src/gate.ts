import { GATE, isPromise, type Answer, type GateDescription, type Middleware, type Principal } from '@sallyport/core'
import { askGate, describeAll, EXCHANGE, NodeExchange, runInContext, type NodeRequest } from '@sallyport/core/doors'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { bindingsOf, type NodeBindings } from './bindings.ts'
import { serveFetch } from './fetch/serve-fetch.ts'
import { HonoView } from './hono-view.ts'
import { answering } from './problem.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Who is calling, once a gate of Sallyport knows it. Gates do not read it from here. */
    principal: Principal | undefined
  }
}

/** A middleware of Hono, for `app.use()` or a route. */
export interface GateHandler extends MiddlewareHandler {
  readonly [GATE]: GateDescription
}

/**
 * Makes a middleware of Hono of middlewares of Sallyport, which open one after the other. Refusals go to the app's own error handling.
 *
 * ```ts
 * app.use(gate(auth))
 * app.get('/orders', gate(access.require('orders:read')), (c) => c.json(list()))
 * ```
 * @throws SecurityError ERR_OPTION for what is no middleware of Sallyport, or not of one environment
 */
export function gate(...middlewares: readonly [Middleware, ...Middleware[]]): GateHandler {
  const description = describeAll('gate', middlewares)
  const handler = (c: Context, next: Next): Promise<Response | void> => serve(description, c, next)
  Object.defineProperty(handler, 'name', { value: description.name })
  return Object.defineProperty(handler, GATE, { value: description }) as unknown as GateHandler
}

function serve(description: GateDescription, c: Context, next: Next): Promise<Response | void> {
  const node = bindingsOf(c.env)
  return node ? serveNode(description, c, node, next) : serveFetch(description, c, next)
}

/** On Node, where its request and response are underneath. */
async function serveNode(
  description: GateDescription,
  c: Context,
  { incoming, outgoing }: NodeBindings,
  next: Next,
): Promise<Response | void> {
  const present = (incoming as NodeRequest)[EXCHANGE]
  const view = present?.host.seen === c ? undefined : new HonoView(c, incoming)
  const exchange = present ?? new NodeExchange(description.environment, incoming, outgoing, view)
  if (view) {
    if (present) present.adopt(view)
    view.attach(exchange)
  }
  let answer: void | Answer
  try {
    const result = askGate(description, exchange)
    answer = isPromise(result) ? await result : result
  } catch (refusal) {
    exchange.sendWhole()
    // An earlier middleware has answered in full, and there is nobody to tell.
    if (exchange.responseEnded) return alreadySent()
    throw answering(refusal)
  }
  if (answer === undefined) {
    await (description.environment.asyncContext ? runInContext(exchange, next) : next())
    // The outermost gate of this context sees the response that Hono will send.
    view?.complete()
    exchange.sendWhole()
    return undefined
  }
  exchange.sendWhole()
  return give(c, answer)
}

/** By Hono's own means, so that headers of other middlewares are kept. */
function give(c: Context, { status, headers = {}, body }: Answer): Response {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value as string | string[]]))
  // Of a text Fetch would say what type it has; a gate has said so where it has one.
  const bytes = body === undefined || body.length === 0 ? null : Buffer.from(body as string)
  return c.newResponse(bytes, status as never, own)
}

/** What tells @hono/node-server that the response was written by other means. */
function alreadySent(): Response {
  const response = new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  // Its own kind of response is looked into only where somebody has read it.
  void response.body
  return response
}
