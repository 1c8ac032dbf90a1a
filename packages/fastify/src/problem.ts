import { SecurityError } from '@sallyport/core'
import { OF_THE_BODY, problemOf } from '@sallyport/core/doors'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers refusals; what it throws again goes on to the error handler that was set before. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!SecurityError.is(error)) throw error
  for (const name of OF_THE_BODY) void reply.removeHeader(name)
  // So that the operator hears of it. An outage is told by events, once: a line for every request of it would bury them.
  if (error.status >= 500 && error.status !== 503) request.log.error({ err: error }, error.message)
  return reply
    .code(error.status)
    .headers({ ...error.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .send(Buffer.from(JSON.stringify(problemOf(error))))
}
