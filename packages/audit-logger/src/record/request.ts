import { randomUUID } from 'node:crypto'
import type { Exchange } from '@sallyport/core'
import type { AuditOrigin } from './event.ts'

/** What is recorded of the request that is being served. */
export interface RequestFacts {
  readonly id: string
  readonly method: string
  /** Of W3C Trace Context. */
  readonly trace?: string
  readonly origin: AuditOrigin
}

/** On the exchange itself: a weak map of all that is under way is what the garbage collector would be busy with. */
const FACTS: unique symbol = Symbol('facts of an audit record')

interface Known extends Exchange {
  [FACTS]?: RequestFacts
}

/** Read once for each request. */
export function factsOf(exchange: Known): RequestFacts {
  const present = exchange[FACTS]
  if (present !== undefined) return present
  const id = exchange.header('x-request-id')
  const parent = exchange.header('traceparent')
  const trace = parent && /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(parent)?.[1]
  const agent = exchange.header('user-agent')?.slice(0, 512)
  const facts: RequestFacts = {
    // A client's own only if it can be nothing else than an id.
    id: id !== undefined && /^[\w.:-]{1,128}$/.test(id) ? id : randomUUID(),
    method: exchange.method,
    // All zeroes is no trace (section 3.2.2.3).
    ...(trace && !/^0+$/.test(trace) && { trace }),
    origin: {
      address: exchange.clientAddress,
      ...(agent !== undefined && { agent }),
      path: exchange.path.slice(0, 2048),
    },
  }
  exchange[FACTS] = facts
  return facts
}
