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

const known = new WeakMap<Exchange, RequestFacts>()

/** Read once for each request. */
export function factsOf(exchange: Exchange): RequestFacts {
  const present = known.get(exchange)
  if (present !== undefined) return present
  const id = exchange.header('x-request-id')
  const trace = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(exchange.header('traceparent') ?? '')?.[1]
  const agent = exchange.header('user-agent')?.slice(0, 512)
  const facts = {
    // A client's own only if it can be nothing else than an id.
    id: id !== undefined && /^[\w.:-]{1,128}$/.test(id) ? id : randomUUID(),
    method: exchange.method,
    // All zeroes is no trace (section 3.2.2.3).
    ...(trace !== undefined && !/^0+$/.test(trace) && { trace }),
    origin: {
      address: exchange.clientAddress,
      ...(agent !== undefined && { agent }),
      path: exchange.path.slice(0, 2048),
    },
  }
  known.set(exchange, facts)
  return facts
}
