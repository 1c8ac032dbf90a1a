import { createEnvironment } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import {
  createClientSecret,
  tokenIssuer,
  type ClientOptions,
  type ExchangePolicy,
  type TokenIssuer,
} from '@sallyport/jwt-auth/issuer'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Native } from '../hosts/host.ts'
import { express5Host } from '../hosts/node-hosts.ts'

const audience = 'orders-api'
const [reports, orders] = [createClientSecret(), createClientSecret()]
const clients: readonly ClientOptions[] = [
  { id: 'reports', secretHash: reports.secretHash, scopes: ['orders:read'] },
  { id: 'orders', secretHash: orders.secretHash, introspection: true },
  { id: 'phone' },
]
const exchange: ExchangePolicy = ({ client: who }) => (who === 'orders' ? { as: 'delegation', audience } : undefined)

/** An issuer that listens under its own name. */
async function startIssuer(): Promise<{
  readonly issuer: TokenIssuer
  readonly origin: string
  readonly jwksUri: string
}> {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  let routes: Native['node'] = (_req, _res, next) => next()
  const app = await express5Host.start({
    use: [{ node: (req, res, next) => routes(req, res, next), koa: (_ctx, next) => next() }],
  })
  const issuer = tokenIssuer({ issuer: app.origin, audience, env, exchange })
  const mounted = issuer.routes({ prefix: '/oauth', clients, dpop: true })
  routes = (req, res, next) => mounted(req, res, next)
  return { issuer, origin: app.origin, jwksUri: `${app.origin}/oauth/jwks` }
}

const discover = (origin: string, id: string, secret?: string): Promise<client.Configuration> =>
  client.discovery(new URL(origin), id, secret, secret === undefined ? client.None() : undefined, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })

describe('openid-client', () => {
  it('finds the issuer by its metadata (RFC 8414)', async () => {
    const { origin } = await startIssuer()
    const metadata = (await discover(origin, 'phone')).serverMetadata()
    expect(metadata).toMatchObject({
      issuer: origin,
      jwks_uri: `${origin}/oauth/jwks`,
      token_endpoint: `${origin}/oauth/token`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      introspection_endpoint: `${origin}/oauth/introspect`,
    })
  })

  it('gets client credentials, has them introspected, and revokes them', async () => {
    const { origin } = await startIssuer()
    const mine = await discover(origin, 'reports', reports.secret)
    const tokens = await client.clientCredentialsGrant(mine, { scope: 'orders:read' })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'orders:read', expires_in: 1800 })
    const theirs = await discover(origin, 'orders', orders.secret)
    const known = await client.tokenIntrospection(theirs, tokens.access_token)
    expect(known).toMatchObject({ active: true, sub: 'reports', client_id: 'reports', aud: audience })
    await client.tokenRevocation(mine, tokens.access_token)
    expect(await client.tokenIntrospection(theirs, tokens.access_token)).toEqual({ active: false })
  })

  it('refreshes a login, and is refused when it replays', async () => {
    const { issuer, origin } = await startIssuer()
    const login = await issuer.login({ subject: 'alice', client: 'phone', scopes: ['orders:read'] })
    const config = await discover(origin, 'phone')
    const next = await client.refreshTokenGrant(config, login.refreshToken, { scope: 'orders:read' })
    expect(next.refresh_token).not.toBe(login.refreshToken)
    await client.refreshTokenGrant(config, next.refresh_token!)
    await issuer.revoke(next.refresh_token!, { reason: 'test' })
    await expect(client.refreshTokenGrant(config, next.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    })
  })

  it('proves possession of a key, with which the token is then bound', async () => {
    const { origin, jwksUri } = await startIssuer()
    const config = await discover(origin, 'reports', reports.secret)
    const proofs = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const tokens = await client.clientCredentialsGrant(config, {}, { DPoP: proofs })
    expect(tokens.token_type).toBe('dpop')
    const env = createEnvironment()
    onTestFinished(() => env.close())
    const auth = jwtAuth({ issuer: origin, audience, jwksUri, dpop: true, env })
    const app = await express5Host.start({ use: [auth] })
    const url = new URL(`${app.origin}/orders`)
    const answer = await client.fetchProtectedResource(config, tokens.access_token, url, 'GET', null, undefined, {
      DPoP: proofs,
    })
    expect(answer.status).toBe(200)
  })

  it('exchanges a token (RFC 8693)', async () => {
    const { issuer, origin } = await startIssuer()
    const { accessToken } = await issuer.login({ subject: 'alice' })
    const config = await discover(origin, 'orders', orders.secret)
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    const exchanged = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
      subject_token: accessToken,
      subject_token_type: type,
    })
    expect(exchanged['issued_token_type']).toBe(type)
    expect(await client.tokenIntrospection(config, exchanged.access_token)).toMatchObject({
      active: true,
      sub: 'alice',
      act: { sub: 'orders' },
    })
  })

  it('is told that it is not known', async () => {
    const { origin } = await startIssuer()
    const config = await discover(origin, 'reports', 'a wrong secret')
    await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 400, error: 'invalid_client' })
  })
})

describe('oauth4webapi', () => {
  it('takes the access tokens for tokens of RFC 9068', async () => {
    const { issuer, origin, jwksUri } = await startIssuer()
    const server: oauth.AuthorizationServer = { issuer: origin, jwks_uri: jwksUri }
    for (const kind of ['login', 'accessToken'] as const) {
      const { accessToken } = await issuer[kind]({ subject: 'alice', scopes: ['orders:read'], tenant: 'acme' })
      const request = new Request('https://api.example.com/orders', {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      const claims = await oauth.validateJwtAccessToken(server, request, audience, {
        [oauth.allowInsecureRequests]: true,
      })
      expect(claims).toMatchObject({ iss: origin, sub: 'alice', aud: audience, client_id: 'app', scope: 'orders:read' })
    }
  })
})
