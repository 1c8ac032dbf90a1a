import { isPromise, SecurityError, type Answer, type Middleware, type Principal } from '@sallyport/core'
import { askGate, describeAll, runInContext } from '@sallyport/core/doors'
import { problemResponse } from '../problem.ts'
import type { Connection } from './connection.ts'
import { FetchExchange } from './fetch-exchange.ts'
import { finish, send } from './send.ts'

/** What a guarded handler is given beside the request. */
export interface FetchCall extends Connection {
  /** Who is calling, once a gate knows it. */
  readonly principal: Principal | undefined
}

/** A handler as Fetch has it, with what its server knows of the connection. */
export type FetchHandler<Call = FetchCall> = (request: Request, call: Call) => Response | Promise<Response>

/**
 * Puts gates before a handler that has only Fetch's request and response. Refusals are answered as `application/problem+json` (RFC 9457).
 *
 * ```ts
 * const guarded = guardFetch(auth, access.require('orders:read'), () => Response.json(list()))
 * const response = await guarded(request, { address: socket.remoteAddress ?? '' })
 * ```
 * Whoever calls it says the address of the connection's other end, as the server has seen it; a header that a client can write would let
 * it choose its address.
 * @throws SecurityError ERR_OPTION for what is no middleware of Sallyport, or not of one environment
 */
export function guardFetch(...args: readonly [Middleware, ...Middleware[], FetchHandler]): FetchHandler<Connection> {
  const handler = args.at(-1) as FetchHandler
  const description = describeAll('guardFetch', args.slice(0, -1) as Middleware[])
  return async (request, connection) => {
    let principal: Principal | undefined
    const exchange = new FetchExchange(description.environment, request, connection, {
      kind: 'fetch',
      seen: request,
      showPrincipal: (known) => void (principal = known),
    })
    let answer: void | Answer
    try {
      const result = askGate(description, exchange)
      answer = isPromise(result) ? await result : result
    } catch (refusal) {
      if (!SecurityError.is(refusal)) throw refusal
      return send(exchange, problemResponse(refusal))
    }
    if (answer !== undefined) return send(exchange, responseOf(answer))
    const call = { ...connection, principal }
    const next = (): Response | Promise<Response> => handler(exchange.request, call)
    let response: Response
    try {
      response = await (description.environment.asyncContext ? runInContext(exchange, next) : next())
    } catch (thrown) {
      // Whoever calls this answers it; who waits for the end hears that there was none.
      finish(exchange, 500, false)
      throw thrown
    }
    return send(exchange, response)
  }
}

/** A gate's answer as Fetch has it. */
export function responseOf({ status, headers: given = {}, body }: Answer): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) for (const one of [value].flat()) headers.append(name, one)
  // Of a text Fetch would say what type it has; a gate has said so where it has one.
  return new Response(body === undefined || body.length === 0 ? null : Buffer.from(body as string), { status, headers })
}
