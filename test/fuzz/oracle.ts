import { opening } from './tokens.ts'
import type { WireRequest } from './wire.ts'

/**
 * Whether a request may reach the handler. Written from the RFCs, apart from what it judges: necessary conditions, so that a
 * `false` is certain.
 * @param isUpgrade whether it asks for a WebSocket
 */
export function mayPass(request: WireRequest, isUpgrade = false): boolean {
  const lines = (wanted: string): string[] =>
    request.headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => withoutSpace(value))
  // Nobody here is a gateway.
  if (lines('x-user').length > 0 || lines('x-roles').length > 0) return false
  const authorization = lines('authorization')
  if (authorization.length > 1) return false
  const inCookies = cookiesNamed('token', lines('cookie'))
  const [, bearer] = /^bearer +([\x21-\x7e]+)$/i.exec(authorization[0] ?? '') ?? []
  if (bearer !== undefined) return opening.has(bearer) && inCookies.every((value) => value === '')
  // Another scheme is no token; a malformed attempt at this one is not made good by a cookie.
  if (/^bearer(?:$|[^\w!#$%&'*+.^`|~-])/i.test(authorization[0] ?? '')) return false
  if (inCookies.length !== 1 || !opening.has(inCookies[0]!)) return false
  // Browsers let any site open a WebSocket with the user's cookies, and no user opens one by typing its address.
  if (isUpgrade) return isSameOrigin(lines) && !lines('sec-fetch-site').includes('none')
  return isSafe(request.method) || isSameOrigin(lines)
}

/** RFC 9110, section 9.2.1. */
function isSafe(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)
}

function isSameOrigin(lines: (name: string) => readonly string[]): boolean {
  const site = lines('sec-fetch-site')
  if (site.length > 0) return site.length === 1 && ['same-origin', 'none'].includes(site[0]!)
  const [origin, ...more] = lines('origin')
  const url = `http://${lines('host')[0] ?? ''}`
  return more.length === 0 && URL.canParse(url) && origin === new URL(url).origin
}

/** RFC 6265, sections 4.1.1 and 5.2: space is space and tab. */
function cookiesNamed(wanted: string, lines: readonly string[]): string[] {
  const pairs = lines.join('; ').split(';')
  return pairs.flatMap((pair) => {
    const [name, ...value] = pair.split('=')
    if (value.length === 0 || withoutSpace(name!) !== wanted) return []
    return [decoded(withoutSpace(value.join('=')).replace(/^"(.*)"$/s, '$1'))]
  })
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function withoutSpace(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, '')
}
