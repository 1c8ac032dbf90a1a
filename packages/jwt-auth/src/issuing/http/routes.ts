import {
  accept,
  acceptNumber,
  checkOptions,
  coreError,
  defineMiddleware,
  type Answer,
  type Exchange,
  type Middleware,
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
import type { Route, RouteContext } from './route.ts'

const rules: OptionRules<IssuerRoutesOptions> = {
  prefix: {
    accepts: "a path such as '/auth', without a slash at its end, or an empty string",
    test: (v) => v === '' || (typeof v === 'string' && /^(?:\/[\w.~!$&'()*+,;=:@%-]+)+$/.test(v)),
  },
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
  const routes = new Map<string, Route>([
    ...publicRoutes(context, withClients),
    ...appRoutes(context, verifyCredentials),
    ...(withClients ? oauthRoutes(context) : []),
  ])

  return defineMiddleware({
    name: 'tokenIssuer',
    requires: { authentication: 'none' },
    environment,
    gate(exchange) {
      const route = routes.get(exchange.path)
      if (route === undefined) return undefined
      const { method } = exchange
      // CORS stands before it, or the app answers by itself.
      if (method === 'OPTIONS') return undefined
      if (method !== route.method && !(method === 'HEAD' && route.method === 'GET')) {
        return { status: 405, headers: { allow: route.method } }
      }
      return serve(route, exchange)
    },
  })

  async function serve({ name, answer }: Route, exchange: Exchange): Promise<Answer> {
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
