import { environmentOf, type Environment } from '../environment.ts'
import { defineMiddleware, type Middleware } from '../hosts/middleware.ts'
import { principalOfLogin, type Login } from '../login.ts'
import type { Principal } from '../principal.ts'

/**
 * A principal for tests, with `issuer` 'test', `subject` 'user', no roles, and a bearer credential unless said otherwise.
 * @throws TypeError for parts of the wrong kind
 */
export function testPrincipal(parts: Partial<Login> = {}): Principal {
  return principalOfLogin({ subject: 'user', credential: { kind: 'bearer', ambient: false }, ...parts }, 'test')
}

/** Options of `signIn`. */
export interface SignInOptions {
  /** @default the environment of the process */
  readonly env?: Environment
}

/**
 * A middleware that signs everybody in as the given principal: stands in for the app's login where a test is about something else.
 * Never mount it in an app that others can reach.
 *
 * ```ts
 * app.use(signIn(testPrincipal({ roles: ['clerk'] })))
 * ```
 */
export function signIn(principal: Principal | (() => Principal | undefined), options: SignInOptions = {}): Middleware {
  return defineMiddleware({
    name: 'signIn',
    requires: { authentication: 'required' },
    environment: environmentOf(options),
    gate(exchange) {
      const who = typeof principal === 'function' ? principal() : principal
      if (who) exchange.authenticate(who)
    },
  })
}
