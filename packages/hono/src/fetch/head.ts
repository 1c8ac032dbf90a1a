import type { ResponseHead } from '@sallyport/core/doors'
import type { FetchExchange } from './fetch-exchange.ts'

/** Status and headers of a response on its way, with the gates' own. */
export interface FetchHead extends ResponseHead {
  readonly headers: Headers
  readonly statusText: string
}

/** Takes a response's head, for hooks to change. What the app has said itself stands; cookies of both are sent. */
export function headOf(exchange: FetchExchange, given: Response): FetchHead {
  const headers = new Headers(given.headers)
  const app = new Set(headers.keys())
  const cookies = headers.getSetCookie()
  for (const [name, value] of exchange.responseHeaders) {
    if (name === 'set-cookie') {
      if (!cookies.includes(value)) headers.append(name, value)
    } else if (!app.has(name)) headers.append(name, value)
  }
  exchange.sending(headers)
  let status = given.status
  return {
    headers,
    // The reason phrase belongs to the status that the app has set.
    get statusText() {
      return status === given.status ? given.statusText : ''
    },
    get statusCode() {
      return status
    },
    set statusCode(value) {
      status = value
    },
    hasHeader: (name) => headers.has(name),
    getHeader: (name) => headers.get(name) ?? undefined,
    setHeader: (name, value) => headers.set(name, String(value)),
    removeHeader: (name) => headers.delete(name),
  }
}
