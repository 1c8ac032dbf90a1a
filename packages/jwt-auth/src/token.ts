import type { Exchange } from '@sallyport/core'
import type { Scheme } from './challenge.ts'
import { Refusal } from './errors.ts'
import type { Carrier } from './principal.ts'

/** A token as it came, not looked at yet. */
export interface PresentedToken {
  readonly text: string
  readonly carrier: Carrier
}

/** Where a token may come from beside the Authorization header. */
export interface TokenPlaces {
  /** Name of a cookie. */
  readonly cookie: string | undefined
  /** Name of a query parameter. */
  readonly query: string | undefined
  /** Whether the scheme DPoP is one of ours. */
  readonly dpop: boolean
}

/** An attempt at one of the schemes, well-formed or not: the word, and no further character that a scheme's name may have. */
const attempt = /^(bearer|dpop)(?![\w!#$%&'*+.^`|~-])/i

/**
 * The token of a request (RFC 6750, section 2; RFC 9449, section 7.1); nothing when there is none. Other schemes are no token.
 * @throws Refusal ERR_JWT_REQUEST, ERR_JWT_AMBIGUOUS
 */
export function presentedToken(exchange: Exchange, { cookie, query, dpop }: TokenPlaces): PresentedToken | undefined {
  const inHeader = fromHeader(exchange, dpop)
  if (cookie === undefined && query === undefined) return inHeader
  const inQuery = query === undefined ? undefined : fromQuery(exchange, query)
  const inCookie = cookie === undefined ? undefined : fromCookie(exchange, cookie)
  const [first, ...others] = [inHeader, inQuery, inCookie].filter((one) => one !== undefined)
  if (others.length > 0) throw new Refusal('ERR_JWT_AMBIGUOUS', 'tokens in several places')
  // RFC 6750, section 2.3: what was asked for with a token in the URL must not be kept by shared caches.
  if (inQuery && !exchange.headersSent) exchange.setHeader('cache-control', 'private, no-store')
  return first
}

/** The scheme that a request attempts, for the challenge of whatever is wrong with it. */
export function attemptedScheme(exchange: Exchange): Scheme {
  return attempt.exec(exchange.header('authorization') ?? '')?.[1]?.length === 'dpop'.length ? 'DPoP' : 'Bearer'
}

function fromHeader(exchange: Exchange, dpop: boolean): PresentedToken | undefined {
  // Node keeps the first of two such lines, and a proxy in front may have looked at the second.
  const lines = exchange.headerLines('authorization')
  if (lines.length === 0) return undefined
  if (lines.length > 1) throw new Refusal('ERR_JWT_AMBIGUOUS', 'several Authorization lines')
  const line = lines[0]!
  // How clients write it. What is left is one word: this is on every request's way, where `includes` costs ten times
  // what `indexOf` does.
  if (line.startsWith('Bearer ') && line.length > 7 && line.indexOf(' ', 7) === -1 && line.indexOf('\t', 7) === -1) {
    return { text: line.slice(7), carrier: 'bearer' }
  }
  const scheme = attempt.exec(line)?.[1]?.toLowerCase()
  if (scheme === undefined || (scheme === 'dpop' && !dpop)) return undefined
  let start = scheme.length
  while (line[start] === ' ') start++
  const text = line.slice(start)
  if (start === scheme.length || text === '' || /\s/.test(text)) {
    throw new Refusal('ERR_JWT_REQUEST', 'the Authorization header is not a scheme and one token')
  }
  return { text, carrier: scheme === 'dpop' ? 'dpop' : 'bearer' }
}

function fromQuery(exchange: Exchange, name: string): PresentedToken | undefined {
  const [text, ...others] = new URLSearchParams(exchange.search).getAll(name)
  if (text === undefined) return undefined
  if (others.length > 0) throw new Refusal('ERR_JWT_AMBIGUOUS', 'several tokens in the query')
  if (text === '') throw new Refusal('ERR_JWT_REQUEST', 'the token in the query is empty')
  return { text, carrier: 'bearer' }
}

function fromCookie(exchange: Exchange, name: string): PresentedToken | undefined {
  const [text, ...others] = exchange.cookies.get(name) ?? []
  // A neighbouring subdomain can set a cookie of the same name; nothing tells which of the two is the app's own.
  if (others.length > 0) throw new Refusal('ERR_JWT_AMBIGUOUS', 'several cookies of that name')
  // Logout leaves an empty cookie behind.
  return text === undefined || text === '' ? undefined : { text, carrier: 'cookie' }
}
