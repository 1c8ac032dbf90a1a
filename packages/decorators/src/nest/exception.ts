import { SecurityError } from '@sallyport/core'
import { HttpException } from '@nestjs/common'
import { STATUS_CODES, type ServerResponse } from 'node:http'

/** A refusal as Nest's filters know it, its headers on the response. Of what went wrong inside nothing is told. */
export function exceptionOf(thrown: unknown, res: ServerResponse): unknown {
  if (!SecurityError.is(thrown)) return thrown
  const { status, code, headers, expose, message } = thrown
  for (const [name, value] of Object.entries(headers)) if (!res.headersSent) res.setHeader(name, value)
  const told = expose ? message : STATUS_CODES[status]
  return new HttpException({ statusCode: status, code, message: told }, status, { cause: thrown })
}
