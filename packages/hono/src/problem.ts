import { SecurityError } from '@sallyport/core'
import { OF_THE_BODY, problemOf } from '@sallyport/core/doors'
import type { Context, ErrorHandler } from 'hono'

/** What Hono's own handler of errors asks an error for. */
interface Answering {
  getResponse?(): Response
}

/** Makes Hono's own handler of errors, and whoever asks an error for its response as it does, answer a refusal. */
export function answering(refusal: unknown): unknown {
  if (SecurityError.is(refusal) && (refusal as Answering).getResponse === undefined) {
    Object.defineProperty(refusal, 'getResponse', { value: () => problemResponse(refusal) })
  }
  return refusal
}

/**
 * A refusal as RFC 9457 has it.
 * @param kept headers of the response in whose place it stands
 */
export function problemResponse(error: SecurityError, kept?: Headers): Response {
  const headers = new Headers(kept)
  for (const name of OF_THE_BODY) headers.delete(name)
  for (const [name, value] of Object.entries(error.headers)) headers.set(name, value)
  headers.set('content-type', 'application/problem+json')
  headers.set('cache-control', 'no-store')
  return new Response(JSON.stringify(problemOf(error)), { status: error.status, headers })
}

/**
 * Answers refusals as `application/problem+json` (RFC 9457) in an `onError` of the app's own. Hono's own handler needs no help.
 *
 * ```ts
 * app.onError(problemDetails((error, c) => c.text('failed', 500)))
 * ```
 * @param otherwise answers every other error
 */
export function problemDetails(otherwise: ErrorHandler): ErrorHandler {
  return (error, c: Context) => {
    if (!SecurityError.is(error)) return otherwise(error, c)
    for (const name of OF_THE_BODY) c.header(name)
    const { body, status, headers } = problemResponse(error)
    return c.newResponse(body, { status: status as never, headers })
  }
}
