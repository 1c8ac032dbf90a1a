import { debugOf } from './debug.ts'
import { acceptEnvironment, environmentOf, type Environment } from './environment.ts'
import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { defineMiddleware, type Middleware } from './hosts/middleware.ts'
import { isPromise } from './is-promise.ts'
import { principalOfLogin, type Login } from './login.ts'
import { accept, acceptOneOf, checkOptions, optionError, type OptionRules } from './options.ts'
import type { Principal } from './principal.ts'
import { consultRevocations, type StoreFailurePolicy } from './revoked.ts'
import type { Revocation } from './revocations.ts'

const debug = debugOf('core')

/**
 * Finds the login that the app already has on a request. `seen` is what the app's handlers see: Express's `req`, Koa's
 * `ctx`. Returns nothing when nobody is logged in.
 */
export interface LoginReader<Seen extends object> {
  (seen: Seen, exchange: Exchange): Login | null | undefined | Promise<Login | null | undefined>
  /** Called once, at construction: refuses an environment on which the reader cannot work. */
  prepare?: (environment: Environment) => void
}

/** Options of `identify`. */
export interface IdentifyOptions {
  /** Whether a request without a login is refused with 401. @default false: the login page must stay reachable */
  readonly required?: boolean
  /** Who vouches for the accounts, when the login itself does not say. @default 'local' */
  readonly issuer?: string
  /** Challenge of the 401 (RFC 9110, section 11.6.1), given by this gate or a later one. @default 'Session' */
  readonly challenge?: string
  /** What happens when the list of revocations cannot be read. @default 'closed' */
  readonly onStoreFailure?: StoreFailurePolicy
  /** @default the environment of the process */
  readonly env?: Environment
}

const rules: OptionRules<IdentifyOptions> = {
  required: accept.boolean,
  issuer: accept.string,
  challenge: {
    accepts: 'an authentication scheme with parameters, such as \'Session realm="shop"\'',
    test: (v) => typeof v === 'string' && /^[!#$%&'*+.^`|~\w-]+( [\x20-\x7e]+)?$/.test(v),
  },
  onStoreFailure: acceptOneOf('closed', 'open', 'last-known-good'),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/**
 * Takes the principal from a login that the app already has: `req.user` of Passport, a session, a gateway's headers.
 *
 * The login is taken to ride on a cookie unless it says otherwise, so unsafe methods need a same-origin proof.
 *
 * ```ts
 * app.use(identify(fromPassport((user: User) => ({ subject: user.id, roles: user.roles }))))
 * ```
 * @throws SecurityError ERR_OPTION at construction. On requests: ERR_UNAUTHENTICATED (401), ERR_REVOKED (401),
 *   ERR_CREDENTIAL_CONFLICT (400), ERR_CROSS_ORIGIN (403), ERR_GATE_FAILED (503, the reader threw or returned no login)
 */
export function identify<Seen extends object>(read: LoginReader<Seen>, options: IdentifyOptions = {}): Middleware {
  if (typeof read !== 'function') throw optionError('identify', 'read', read, { accepts: 'a function of the request' })
  checkOptions<IdentifyOptions>('identify', options, rules)
  const environment = environmentOf(options)
  read.prepare?.(environment)
  const { required = false, issuer = 'local', challenge = 'Session', onStoreFailure = 'closed' } = options

  return defineMiddleware({
    name: 'identify',
    requires: { authentication: required ? 'required' : 'optional' },
    environment,
    gate(exchange) {
      exchange.offerChallenge(challenge)
      const login = read(exchange.host.seen as Seen, exchange)
      return isPromise(login) ? login.then((found) => accepted(exchange, found)) : accepted(exchange, login)
    },
  })

  function accepted(exchange: Exchange, login: Login | null | undefined): void | Promise<void> {
    if (login === undefined || login === null) {
      if (required) throw coreError('ERR_UNAUTHENTICATED')
      return undefined
    }
    const principal = principalOfLogin(login, issuer)
    const hit = consultRevocations(environment, principal, onStoreFailure)
    return isPromise(hit) ? hit.then((found) => admit(exchange, principal, found)) : admit(exchange, principal, hit)
  }

  function admit(exchange: Exchange, principal: Principal, hit: Revocation | undefined): void | Promise<void> {
    if (hit) {
      const error = coreError('ERR_REVOKED')
      exchange.rejectCredential(error)
      throw error
    }
    exchange.authenticate(principal)
    const { kind, id } = principal.credential
    if (debug.enabled) debug(`${exchange.method} ${exchange.path}: identify accepted a ${kind} credential`)
    if (!environment.listening) return undefined
    return environment.publish(
      'authn.accepted',
      { by: 'identify', credential: kind, ...(id !== undefined && { id }) },
      exchange,
    )
  }
}
