import type { Middleware } from '@sallyport/core'
import type { JSONWebKeySet, JWK } from 'jose'
import { issueAccessToken } from './access-token.ts'
import { endAccount, endSession, listLogins, type IssuerAccount, type RefreshableLogin } from './account.ts'
import { checkAccount, checkEndAccount, checkEndSession, checkRevoke } from './calls.ts'
import { exchangeToken, type ExchangeRequest } from './exchange.ts'
import { settleGrant, type Grant } from './grant.ts'
import { issuerRoutes } from './http/routes.ts'
import type { IssuerRoutesOptions } from './http/options.ts'
import { introspectToken, type Introspection } from './introspection.ts'
import type { TokenIssuerOptions } from './options.ts'
import { beginLogin, drawSid, type LoginOptions } from './refresh/begin.ts'
import { Families } from './refresh/families.ts'
import { refreshTokens, type RefreshRequest } from './refresh/refresh.ts'
import { revokeToken, type RevokeOptions } from './revocation.ts'
import { RenewedToken, type ServiceToken, type ServiceTokenOptions } from './service-token.ts'
import { settleIssuer } from './settings.ts'
import { accessOf, tokensOf, type IssuedAccess, type IssuedTokens } from './tokens.ts'

/** What `tokenIssuer()` makes. Every method may reject with ERR_STORE_UNAVAILABLE or ERR_ISSUER_KEYS (503). */
export interface TokenIssuer {
  /** Its name: the `iss` of its tokens. */
  readonly issuer: string
  /**
   * Begins a login for somebody whom the app has authenticated: an access token and a refresh token.
   * @throws SecurityError ERR_OPTION (500) for a wrong grant
   */
  login(grant: Grant, options?: LoginOptions): Promise<IssuedTokens>
  /** An access token alone. @throws SecurityError ERR_OPTION (500) for a wrong grant */
  accessToken(grant: Grant, options?: LoginOptions): Promise<IssuedAccess>
  /**
   * The next tokens of a login. However many ask with one refresh token, there is one successor.
   * @throws SecurityError ERR_ISSUER_GRANT, ERR_ISSUER_REUSED, ERR_ISSUER_PROOF, ERR_ISSUER_SCOPE (400)
   */
  refresh(request: RefreshRequest): Promise<IssuedTokens>
  /** Exchanges an access token (RFC 8693), as the policy `exchange` allows. @throws SecurityError the codes with status 400 */
  exchange(request: ExchangeRequest): Promise<IssuedAccess>
  /** The token of a service, renewed by itself. @throws SecurityError ERR_OPTION (500) */
  serviceToken(options: ServiceTokenOptions): ServiceToken
  /** Revokes a token, whichever it is (RFC 7009). @throws SecurityError ERR_ISSUER_GRANT (400) for a token of another client */
  revoke(token: string, options: RevokeOptions): Promise<void>
  /** The logins of an account that can be refreshed. */
  logins(account: IssuerAccount): Promise<readonly RefreshableLogin[]>
  /** Ends one session of an account: what `logins` lists under this `sid`, and its access tokens. */
  endSession(account: IssuerAccount, options: { readonly sid: string; readonly reason: string }): Promise<void>
  /** Ends everything that was issued to an account until now: log out everywhere. */
  endAccount(account: IssuerAccount, options: { readonly reason: string }): Promise<void>
  /** Whether a token is good, and what it says (RFC 7662). */
  introspect(token: string): Promise<Introspection>
  /** The public keys, as they are published. */
  jwks(): Promise<JSONWebKeySet>
  /**
   * Brings a new signing key before its time. With `withdraw` at once, in place of all others, whose tokens end with them: for a key that
   * was stolen.
   */
  rotateKeys(options?: { readonly withdraw?: boolean }): Promise<void>
  /** Ready routes, as one middleware for every host. @throws SecurityError ERR_OPTION */
  routes(options?: IssuerRoutesOptions): Middleware
}

/**
 * Makes an issuer of access tokens (RFC 9068) and refresh tokens for the app's own logins.
 *
 * ```ts
 * const issuer = tokenIssuer({ issuer: 'https://api.example.com', audience: 'orders-api' })
 * app.use(issuer.routes({ prefix: '/auth', verifyCredentials: ({ user, password }) => … }))
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function tokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const settings = settleIssuer(options)
  const { issuer, audience, clientId: client, keys, environment, lifetimes, tenantClaim } = settings
  const families = new Families(environment.store)

  const self: TokenIssuer = {
    issuer,
    login: async (grant, login = {}) => tokensOf(await beginLogin(settings, families, grant, login), settings),
    async accessToken(given, { proofKey } = {}) {
      const grant = settleGrant(given, { client, audience }, tenantClaim)
      const expiresAt = Math.floor(environment.clock.now() / 1000) + lifetimes.access
      const sid = grant.sid ?? drawSid()
      const access = await issueAccessToken(settings, { kind: 'access', grant, sid, expiresAt, proofKey })
      return accessOf({ access, grant, proofKey })
    },
    refresh: async (request) => tokensOf(await refreshTokens(settings, families, request), settings),
    exchange: async (request) => accessOf(await exchangeToken(settings, request)),
    serviceToken: (service) => new RenewedToken(settings, service),
    async revoke(token, revoked) {
      checkRevoke(revoked)
      await revokeToken(settings, families, token, revoked)
    },
    async logins(account) {
      checkAccount('issuer.logins', account)
      return listLogins(settings, families, account)
    },
    async endSession(account, session) {
      checkEndSession(account, session)
      await endSession(settings, families, account, session)
    },
    async endAccount(account, ended) {
      checkEndAccount(account, ended)
      await endAccount(settings, families, account, ended)
    },
    introspect: (token) => introspectToken(settings, families, token),
    async jwks() {
      return { keys: (await keys.all()).map(({ jwk }) => jwk).filter((jwk): jwk is JWK => jwk !== undefined) }
    },
    rotateKeys: ({ withdraw = false } = {}) => keys.rotate(withdraw),
    routes: (routes = {}) => issuerRoutes(self, settings, routes),
  }
  return Object.freeze(self)
}
