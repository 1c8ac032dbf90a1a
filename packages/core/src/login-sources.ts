import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { sessionOf, userOf } from './hosts/seen.ts'
import type { LoginReader } from './identify.ts'
import type { Login } from './login.ts'
import { accept, checkOptions, type OptionRules } from './options.ts'

/**
 * Reads Passport's user: `req.user` on Express, `ctx.state.user` on Koa (koa-passport).
 * @param toLogin says which login a user of the app's is
 */
export function fromPassport<User>(toLogin: (user: User) => Login): LoginReader<object> {
  return (seen) => {
    const found = userOf(seen)
    return found === undefined || found === null ? undefined : toLogin(found as User)
  }
}

/**
 * Reads the app's session: `req.session` of express-session, `ctx.session` of koa-session.
 * @param toLogin says which login a session holds; returns nothing for a session without one
 */
export function fromSession<Session extends object>(
  toLogin: (session: Session) => Login | null | undefined,
): LoginReader<object> {
  return (seen) => {
    const found = sessionOf(seen)
    return found === undefined || found === null ? undefined : toLogin(found as Session)
  }
}

/** Names of the headers in which a gateway says who is calling. */
export interface GatewayHeaders {
  /** The account's id, such as `x-forwarded-user`. A request without it has no login. */
  readonly subject: string
  readonly tenant?: string
  /** Roles, separated by commas. */
  readonly roles?: string
  /** Scopes, separated by spaces. */
  readonly scopes?: string
  readonly sid?: string
}

/** Options of `fromGateway`. */
export interface GatewayOptions {
  /**
   * Whether browsers log in at the gateway with a cookie, so that unsafe methods need a same-origin proof here. Say
   * `false` only where the gateway takes nothing but tokens. @default true
   */
  readonly ambient?: boolean
}

const rules: OptionRules<GatewayHeaders> = {
  subject: accept.string,
  tenant: accept.string,
  roles: accept.string,
  scopes: accept.string,
  sid: accept.string,
}

/**
 * Reads the login that a gateway established. Honoured only where the connection comes from one of the environment's
 * `trustedProxies`; from anyone else these headers are a forged credential, refused with ERR_UNTRUSTED_PEER (401).
 *
 * The gateway must remove these headers from what clients send.
 */
export function fromGateway(headers: GatewayHeaders, options: GatewayOptions = {}): LoginReader<object> {
  checkOptions<GatewayHeaders>('fromGateway', headers, rules)
  checkOptions<GatewayOptions>('fromGateway', options, { ambient: accept.boolean })
  const ambient = options.ambient ?? true
  if (headers.subject === undefined) {
    throw coreError('ERR_OPTION', {
      message: 'fromGateway: option `subject` is missing; accepted is the name of a header',
    })
  }
  const names = Object.values(headers) as string[]
  const read: LoginReader<object> = (_seen, exchange) => {
    if (!names.some((name) => exchange.headerLines(name).length > 0)) return undefined
    if (!exchange.peerTrusted) throw rejected(exchange, 'ERR_UNTRUSTED_PEER')
    return loginOf(headers, ambient, exchange)
  }
  read.prepare = (environment) => {
    if (environment.proxies.any) return
    throw coreError('ERR_OPTION', {
      message:
        'fromGateway: the environment trusts no proxy; name the gateway in createEnvironment({ trustedProxies })',
    })
  }
  return read
}

function loginOf(headers: GatewayHeaders, ambient: boolean, exchange: Exchange): Login | undefined {
  const subject = one(headers.subject, exchange)
  if (subject === undefined) return undefined
  const tenant = one(headers.tenant, exchange)
  const sid = one(headers.sid, exchange)
  const scopes = one(headers.scopes, exchange)
  return {
    subject,
    ...(tenant !== undefined && { tenant }),
    ...(sid !== undefined && { sid }),
    roles: list(one(headers.roles, exchange), ','),
    ...(scopes !== undefined && { scopes: list(scopes, ' ') }),
    credential: { kind: 'gateway-header', ambient },
  }
}

/** A header that came twice may be one the client added beside the gateway's. */
function one(name: string | undefined, exchange: Exchange): string | undefined {
  if (name === undefined) return undefined
  const lines = exchange.headerLines(name)
  if (lines.length > 1) throw rejected(exchange, 'ERR_CREDENTIAL_CONFLICT')
  return lines[0] === '' ? undefined : lines[0]
}

function rejected(exchange: Exchange, code: 'ERR_UNTRUSTED_PEER' | 'ERR_CREDENTIAL_CONFLICT'): Error {
  const error = coreError(code)
  exchange.rejectCredential(error)
  return error
}

function list(text: string | undefined, separator: string): string[] {
  return (text ?? '')
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
