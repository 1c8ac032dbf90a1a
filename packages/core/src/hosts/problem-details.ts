import type { IncomingMessage, ServerResponse } from 'node:http'
import { SecurityError } from '../errors.ts'
import { problemOf, writeProblem } from './write.ts'

/** Koa's context, as far as a problem needs it. */
interface Context {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  status: number
  body?: unknown
  readonly headerSent: boolean
  set(headers: Record<string, string>): void
  readonly app?: { emit(event: 'error', error: unknown, ctx: unknown): unknown }
}

/** An error handler for Express and Connect `(err, req, res, next)`, and a middleware for Koa `(ctx, next)`. */
export interface ProblemHandler {
  // Koa's context has a type of the app's own; see Middleware.
  // oxlint-disable-next-line typescript/no-explicit-any
  (ctx: { req: IncomingMessage; res: ServerResponse; state: any }, next: () => Promise<unknown>): Promise<unknown>
  (err: unknown, req: IncomingMessage, res: ServerResponse, next: (err?: unknown) => void): void
}

/**
 * Answers refusals as `application/problem+json` (RFC 9457). Every other error goes on to the app's own handling.
 *
 * Express and Connect: after the routes. Koa: before everything else. Koa's own handler removes the headers that were set
 * before the error; this one keeps them, so that CORS headers reach the page that must read the refusal.
 */
export function problemDetails(): ProblemHandler {
  // Express tells an error handler by its four parameters.
  function handler(first: unknown, second: unknown, third?: unknown, next?: unknown): unknown {
    if (typeof next !== 'function') return onKoa(first as Context, second as () => Promise<unknown>)
    const res = third as ServerResponse
    if (SecurityError.is(first) && !res.headersSent) writeProblem(res, first)
    else (next as (err: unknown) => void)(first)
    return undefined
  }
  return handler as ProblemHandler
}

async function onKoa(ctx: Context, next: () => Promise<unknown>): Promise<unknown> {
  try {
    return await next()
  } catch (thrown) {
    if (!SecurityError.is(thrown) || ctx.headerSent) throw thrown
    ctx.status = thrown.status
    ctx.body = JSON.stringify(problemOf(thrown))
    ctx.set({ ...thrown.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    // As Koa does for what it answers with 5xx, so that the operator hears of it. An outage is told by events, once; a stack trace
    // for every request of an outage would bury them.
    if (thrown.status >= 500 && thrown.status !== 503) ctx.app?.emit('error', thrown, ctx)
    return undefined
  }
}
