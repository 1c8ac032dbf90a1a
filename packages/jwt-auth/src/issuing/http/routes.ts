import {
  accept,
  acceptNumber,
  checkOptions,
  coreError,
  defineRoutes,
  type Answer,
  type Exchange,
  type Middleware,
  prefixRule,
  type OptionRules,
} from '@sallyport/core'
import type { IssuerSettings } from '../settings.ts'
import type { TokenIssuer } from '../token-issuer.ts'
import { refusedOf } from './answers.ts'
import { appRoutes } from './app-routes.ts'
import { clientReader } from './client-of.ts'
import { configuredClients } from './clients.ts'
import { cookieRule, refreshCookie } from './cookie.ts'
import { oauthRoutes } from './oauth-routes.ts'
import type { IssuerRoutesOptions } from './options.ts'
import { dpopRule, proofReader } from './proof.ts'
import { publicRoutes } from './public-routes.ts'
import type { RouteContext, Routed } from './route.ts'

const rules: OptionRules<IssuerRoutesOptions> = {
  prefix: prefixRule,
  verifyCredentials: accept.function,
  cookie: cookieRule,
  clients: { accepts: 'a list of clients', test: (v) => Array.isArray(v) },
  authenticateClient: accept.function,
  dpop: dpopRule,
  maxBodyBytes: acceptNumber('bytes', 1024, 1_048_576),
}

/**
 * The issuer's routes, as one middleware. What is none of them passes.
 * @throws SecurityError ERR_OPTION
 */
export function issuerRoutes(issuer: TokenIssuer, settings: IssuerSettings, options: IssuerRoutesOptions): Middleware {
  checkOptions<IssuerRoutesOptions>('issuer.routes', options, rules)
  const { prefix = '', verifyCredentials, clients, authenticateClient, maxBodyBytes = 16_384 } = options
  if (clients !== undefined && authenticateClient !== undefined) {
    throw coreError('ERR_OPTION', { message: 'issuer.routes: give `clients` or `authenticateClient`, not both' })
  }
  const { environment, clientId } = settings
  const context: RouteContext = {
    issuer,
    settings,
    prefix,
    maxBodyBytes,
    clientOf: clientReader(clientId, authenticateClient ?? configuredClients(clients ?? [], clientId)),
    cookie: refreshCookie(options.cookie),
    proofKeyOf: proofReader(settings, options.dpop),
  }
  const withClients = (clients ?? authenticateClient) !== undefined
  const routes = [
    ...publicRoutes(context, withClients),
    ...appRoutes(context, verifyCredentials),
    ...(withClients ? oauthRoutes(context) : []),
  ]

  return defineRoutes({
    name: 'tokenIssuer',
    environment,
    routes: routes.map((route) => ({ ...route, answer: (exchange) => serve(route, exchange) })),
  })

  async function serve({ name, answer }: Routed, exchange: Exchange): Promise<Answer> {
    try {
      return await answer(exchange)
    } catch (thrown) {
      const refused = refusedOf(thrown, exchange)
      if (refused === undefined) throw thrown
      await environment.publish('token.refused', { endpoint: name, code: refused.code }, exchange)
      return refused.answer
    }
  }
}
