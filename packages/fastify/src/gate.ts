import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { coreError, GATE, isPromise, type Answer, type GateDescription, type Middleware } from '@sallyport/core'
import { askGate, describeAll, EXCHANGE, NodeExchange, runInContext, type NodeRequest } from '@sallyport/core/doors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FastifyView } from './fastify-view.ts'
import { isRegistered } from './registered.ts'

type Done = (err?: Error) => void

/** Fastify's request, whatever its route says of its parameters. */
export interface GateRequest {
  readonly raw: IncomingMessage | Http2ServerRequest
}

/** Fastify's reply, whatever its route says of its answers. */
export interface GateReply {
  readonly sent: boolean
}

/** A hook for `onRequest`, `preValidation` or `preHandler`, on an app, a plugin or a route. */
export interface GateHook {
  (request: GateRequest, reply: GateReply, done: Done): void
  readonly [GATE]: GateDescription
}

/**
 * Makes a hook of Fastify of middlewares of Sallyport, which open one after the other. Refusals go to the app's own error handling.
 *
 * ```ts
 * app.addHook('onRequest', gate(auth))
 * app.get('/orders', { onRequest: gate(access.require('orders:read')) }, listOrders)
 * ```
 * Mount it as `onRequest`, before anybody reads the body of a stranger, unless the gate wants what `preHandler` has: a body that was
 * parsed, a session of a plugin that fills it late.
 * @throws SecurityError ERR_OPTION for what is no middleware of Sallyport, or not of one environment
 */
export function gate(...middlewares: readonly [Middleware, ...Middleware[]]): GateHook {
  const description = describeAll('gate', middlewares)
  function hook(request: GateRequest, reply: GateReply, done: Done): void {
    serve(description, request as FastifyRequest, reply as FastifyReply, done)
  }
  Object.defineProperty(hook, 'name', { value: description.name })
  return Object.defineProperty(hook, GATE, { value: description }) as unknown as GateHook
}

/** `done` is called once at most, and never from within our own try. */
function serve(description: GateDescription, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  let exchange: NodeExchange
  let result: void | Answer | Promise<void | Answer>
  try {
    exchange = exchangeFor(description, request, reply)
    result = askGate(description, exchange)
  } catch (refusal) {
    return refuse(refusal)
  }
  if (!isPromise(result)) return settle(result)
  void result.then(settle, refuse)

  function settle(answer: void | Answer): void {
    if (answer !== undefined) give(reply, answer)
    else if (description.environment.asyncContext) runInContext(exchange, done)
    else done()
  }

  function refuse(refusal: unknown): void {
    // An earlier hook has answered in full. What comes after must not run, and there is nobody to tell.
    if (!reply.raw.writableEnded) done(refusal as Error)
  }
}

function exchangeFor(description: GateDescription, request: FastifyRequest, reply: FastifyReply): NodeExchange {
  // What gates ask for on the way out is done by the plugin's hooks: without them, a redaction would not happen.
  if (!isRegistered(request.server)) {
    throw coreError('ERR_OPTION', {
      message: `${description.name}: register sallyportFastify on the app, or the plugin, whose routes it guards`,
    })
  }
  const present = (request.raw as NodeRequest)[EXCHANGE]
  if (!present) {
    return new NodeExchange(description.environment, request.raw, reply.raw, new FastifyView(request, reply))
  }
  if (present.host.seen !== request) present.adopt(new FastifyView(request, reply))
  return present
}

/** By Fastify's own means, so that its plugins see the answer: cookies and sessions are written by them. */
function give(reply: FastifyReply, { status, headers = {}, body }: Answer): void {
  void reply.code(status)
  for (const [name, value] of Object.entries(headers)) void reply.removeHeader(name).header(name, value)
  // Of a text Fastify would say what type it has; a gate has said so where it has one.
  void reply.send(typeof body === 'string' ? Buffer.from(body) : body)
}
