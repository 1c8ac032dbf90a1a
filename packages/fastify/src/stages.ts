import { Readable } from 'node:stream'
import { exchangeOf } from '@sallyport/core'
import type { NodeExchange } from '@sallyport/core/doors'
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import type { FastifyView } from './fastify-view.ts'

function viewOf(request: FastifyRequest): FastifyView | undefined {
  const host = exchangeOf(request)?.host
  // Not by its class: an app may have two copies of this package.
  return host?.kind === 'fastify' ? (host as FastifyView) : undefined
}

/** Gives Fastify's parsers a body again that a gate has read before them: they would wait for it for ever. */
export function resupplyBody(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: RequestPayload,
  done: (err?: Error | null, payload?: RequestPayload) => void,
): void {
  const bytes = viewOf(request)?.bodyRead
  done(null, bytes ? Readable.from(bytes.byteLength > 0 ? [Buffer.from(bytes)] : []) : payload)
}

/** Shows handlers the body that a gate has put in the place of the one that was parsed. */
export function showBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  viewOf(request)?.showBody()
  done()
}

/** The object stage. */
export function transformPayload(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: unknown,
  done: (err?: Error | null, payload?: unknown) => void,
): void {
  const exchange = exchangeOf(request) as NodeExchange | undefined
  if (exchange?.transformsBody !== true) return done(null, payload)
  let given: unknown
  try {
    given = exchange.transformBody(payload)
  } catch (thrown) {
    return done(thrown as Error)
  }
  // Nothing would be taken for no change.
  done(null, given === undefined ? null : given)
}

/** Fastify writes the head of what it sends, and then ends it. */
export function beforeSending(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: unknown,
  done: (err?: Error | null, payload?: unknown) => void,
): void {
  ;(exchangeOf(request) as NodeExchange | undefined)?.sendWhole()
  done(null, payload)
}
