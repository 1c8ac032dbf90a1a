import { runInContext } from '../context.ts'
import { coreError } from '../errors.ts'
import type { Answer, GateDescription } from '../gate.ts'
import { EXCHANGE, NodeExchange, type NodeRequest } from './node-exchange.ts'
import type { KoaContext } from './koa-context.ts'
import { KoaView } from './koa-view.ts'
import { isPromise } from '../is-promise.ts'
import { checkAnswer, openGate, refusalOf } from './run-gate.ts'

/** Koa's context, as far as answering needs it. */
interface Answering extends KoaContext {
  status: number
  readonly headerSent: boolean
  readonly response: { get(name: string): string }
  set(name: string, value: string | string[]): void
}

/** Serves Koa 2 and 3. A refusal is a rejection, for the app's own error handling. */
export function serveKoa(
  description: GateDescription,
  ctx: KoaContext,
  next: () => Promise<unknown>,
): Promise<unknown> {
  const present = (ctx.req as NodeRequest)[EXCHANGE]
  const exchange = present ?? new NodeExchange(description.environment, ctx.req, ctx.res, new KoaView(ctx))
  if (present && present.host.seen !== ctx) present.adopt(new KoaView(ctx))
  let result: void | Answer | Promise<void | Answer>
  try {
    result = openGate(description, exchange)
    if (result !== undefined && !isPromise(result)) checkAnswer(result)
  } catch (thrown) {
    return refuse(thrown)
  }
  if (result === undefined) return pass()
  return isPromise(result) ? result.then(settle, refuse) : answer(result)

  function settle(given: void | Answer): Promise<unknown> {
    if (given === undefined) return pass()
    try {
      checkAnswer(given)
    } catch (thrown) {
      return refuse(thrown)
    }
    return answer(given)
  }

  function pass(): Promise<unknown> {
    const rest = description.environment.asyncContext ? runInContext(exchange, next) : next()
    // The gate that met the request first is the outermost: what is in the body when it gets it back is what Koa will serialise.
    return present ? rest : rest.then(transform)
  }

  function transform(value: unknown): unknown {
    if (exchange.transformsBody && isSerialised(ctx.body))
      replaceBody(ctx as Answering, exchange.transformBody(ctx.body))
    return value
  }

  function answer(given: Answer): Promise<unknown> {
    const target = ctx as Answering
    if (target.headerSent) return refuse(coreError('ERR_RESPONSE_STARTED'))
    target.status = given.status
    for (const [name, value] of Object.entries(given.headers ?? {})) target.set(name, value as string | string[])
    target.body =
      given.body === undefined || typeof given.body === 'string' ? (given.body ?? null) : Buffer.from(given.body)
    // Koa takes a null body for 204; the gate's own word on the status stands.
    target.status = given.status
    return Promise.resolve()
  }

  async function refuse(thrown: unknown): Promise<never> {
    throw await refusalOf(description, exchange, thrown)
  }
}

/** Koa takes a new body for one of another type, and its length for unknown; the app's own word on the type stands. */
function replaceBody(ctx: Answering, body: unknown): void {
  if (body === ctx.body) return
  const type = ctx.response.get('content-type')
  ctx.body = body
  if (type && isSerialised(body)) ctx.set('content-type', type)
}

/** Whether Koa would make JSON of a body. */
function isSerialised(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return false
  if (body instanceof Blob || body instanceof ReadableStream || body instanceof Response) return false
  return typeof (body as { pipe?: unknown }).pipe !== 'function'
}
