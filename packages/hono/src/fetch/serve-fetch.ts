import { isPromise, SecurityError, type Answer, type GateDescription } from '@sallyport/core'
import { askGate, EXCHANGE, runInContext } from '@sallyport/core/doors'
import type { Context, Next } from 'hono'
import { patchJson } from '../patch-json.ts'
import { answering, problemResponse } from '../problem.ts'
import { FetchExchange } from './fetch-exchange.ts'
import { responseOf } from './guard-fetch.ts'
import { ContextHost } from './context-host.ts'
import { send } from './send.ts'

/**
 * Serves Hono where Node is not underneath: `app.request()`, other servers. Who the client is, nobody says there. The outermost gate answers
 * its own refusals, because their response has to come through its hooks.
 */
export async function serveFetch(description: GateDescription, c: Context, next: Next): Promise<Response | void> {
  const seen = c as Context & { [EXCHANGE]?: FetchExchange }
  const { environment } = description
  const present = seen[EXCHANGE]
  const exchange = present ?? new FetchExchange(environment, c.req.raw, { address: '' }, new ContextHost(c))
  if (!present) patchJson(c, (body) => exchange.transformBody(body))
  let answer: void | Answer
  try {
    const result = askGate(description, exchange)
    answer = isPromise(result) ? await result : result
  } catch (refusal) {
    if (present || !SecurityError.is(refusal)) throw answering(refusal)
    return send(exchange, problemResponse(refusal))
  }
  if (c.req.raw !== exchange.request) c.req.raw = exchange.request
  if (answer !== undefined) return present ? responseOf(answer) : send(exchange, responseOf(answer))
  await (environment.asyncContext ? runInContext(exchange, next) : next())
  if (present) return undefined
  const response = await send(exchange, c.res)
  // Hono would put the headers of the one before on this one.
  c.res = undefined
  c.res = response
  return undefined
}
