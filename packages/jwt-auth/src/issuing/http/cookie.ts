import { demandSameOrigin, type Exchange, type OptionRule } from '@sallyport/core'
import { issuerError } from '../errors.ts'

/** The refresh token in a cookie that no script can read and no other site can make the browser send. */
export interface RefreshCookie {
  /** The token; nothing where there is none. @throws SecurityError ERR_CROSS_ORIGIN (403), ERR_ISSUER_REQUEST (400) */
  read(exchange: Exchange): string | undefined
  /** @param maxAge seconds */
  set(exchange: Exchange, token: string, maxAge: number): void
  clear(exchange: Exchange): void
}

/** RFC 6265bis, section 4.1.3.2: a browser takes it only with Secure, for the whole host, and from that host. */
export const cookieRule: OptionRule = {
  accepts: "true, false, or a name that begins with '__Host-'",
  test: (v) => typeof v === 'boolean' || (typeof v === 'string' && /^__Host-[\w-]+$/.test(v)),
}

export function refreshCookie(option: boolean | string | undefined): RefreshCookie | undefined {
  if (option === undefined || option === false) return undefined
  const name = option === true ? '__Host-refresh-token' : option
  const put = (exchange: Exchange, value: string, maxAge: number): void => {
    exchange.appendHeader(
      'set-cookie',
      `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Strict`,
    )
  }
  return {
    read(exchange) {
      const [token, ...others] = exchange.cookies.get(name) ?? []
      if (others.length > 0) throw issuerError('ERR_ISSUER_REQUEST')
      if (token === undefined || token === '') return undefined
      demandSameOrigin(exchange, exchange.environment.allowedOrigins)
      return token
    },
    set: put,
    clear: (exchange) => put(exchange, '', 0),
  }
}
