import type { ServerResponse } from 'node:http'
import { builtin } from '../builtins.ts'
import type { SecurityError } from '../errors.ts'
import type { Answer } from '../gate.ts'

/** A refusal as RFC 9457 has it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
}

/** What a client may read of a refusal. */
export function problemOf(error: SecurityError): Problem {
  return {
    type: 'about:blank',
    title: builtin.http().STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    code: error.code,
    ...(error.expose && { detail: error.message }),
  }
}

/** Headers that describe a body which is not sent any more. */
export const OF_THE_BODY: readonly string[] = [
  'content-encoding',
  'content-length',
  'content-range',
  'content-disposition',
  'etag',
  'last-modified',
  'transfer-encoding',
]

/** Answers with a problem document in place of whatever the app had in mind. */
export function writeProblem(res: ServerResponse, error: SecurityError, end?: (body: string) => void): void {
  const body = JSON.stringify(problemOf(error))
  for (const name of OF_THE_BODY) res.removeHeader(name)
  for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value)
  res.statusCode = error.status
  // The reason phrase that the app may have set belongs to the status that it had set.
  res.statusMessage = builtin.http().STATUS_CODES[error.status] ?? ''
  res.setHeader('content-type', 'application/problem+json')
  res.setHeader('cache-control', 'no-store')
  res.setHeader('content-length', Buffer.byteLength(body))
  if (end) end(body)
  else res.end(body)
}

/** Gives a gate's answer. */
export function writeAnswer(res: ServerResponse, answer: Answer): void {
  res.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value as string | string[])
  const { body } = answer
  if (body === undefined) {
    res.end()
    return
  }
  if (!res.hasHeader('content-length')) res.setHeader('content-length', Buffer.byteLength(body))
  // Node leaves the body out where the method is HEAD.
  res.end(body)
}
