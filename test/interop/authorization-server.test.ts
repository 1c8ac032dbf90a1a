import { createEnvironment } from '@sallyport/core'
import { jwtAuth, type CommonOptions, type IntrospectionOptions } from '@sallyport/jwt-auth'
import * as client from 'openid-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Host } from '../hosts/host.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { discoverAs, logIn, type Tokens } from './client.ts'
import { audience, JWT_API, OPAQUE_API, startAuthorizationServer, web, type AuthorizationServer } from './provider.ts'

/** What the API answers: who it sees, or why not. */
interface Seen {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface World {
  readonly server: AuthorizationServer
  readonly config: client.Configuration
  readonly url: URL
  /** Asks the API as a client without proof does. */
  ask(token: string): Promise<Seen>
}

/** An authorization server, a client of it, and an API whose tokens come from there: JWTs by its keys, opaque ones by asking it. */
async function startWorld(
  host: Host,
  more: Partial<Omit<CommonOptions, 'claims'>> = {},
  introspection: Partial<IntrospectionOptions> = {},
): Promise<World> {
  const server = await startAuthorizationServer()
  const env = createEnvironment()
  onTestFinished(() => env.close())
  const auth = jwtAuth({
    ...{ issuer: server.issuer, audience, discoveryUrl: `${server.issuer}/.well-known/openid-configuration` },
    introspection: { ...server.introspection, maxAge: 0, negativeMaxAge: 0, ...introspection },
    claims: z.looseObject({ iss: z.literal(server.issuer), client_id: z.literal(web.id) }),
    ...more,
    env,
  })
  const app = await host.start({
    use: [auth],
    handler: ({ principal }) => ({ body: { ...principal } }),
  })
  const url = new URL(`${app.origin}/orders`)
  const ask: World['ask'] = async (token) => seenIn(await fetch(url, { headers: { authorization: `Bearer ${token}` } }))
  return { server, config: await discoverAs(server), url, ask }
}

async function seenIn(response: Response): Promise<Seen> {
  return { status: response.status, body: (await response.json()) as Seen['body'] }
}

const formats = [
  ['JWT', JWT_API],
  ['opaque', OPAQUE_API],
] as const

describe.each([express5Host, koa3Host].map((host) => [host.name, host] as const))(
  'oidc-provider, %s',
  (_name, host) => {
    describe.each(formats)('%s access tokens', (format, resource) => {
      const isJwt = format === 'JWT'

      it('of a login by code and PKCE are let in, refreshed ones too', async () => {
        const { server, config, ask } = await startWorld(host)
        const tokens = await logIn(config, resource)
        expect(tokens.access_token.split('.')).toHaveLength(isJwt ? 3 : 1)
        const alice = { issuer: server.issuer, subject: 'alice', scopes: ['orders:read'] }
        expect(await ask(tokens.access_token)).toMatchObject({ status: 200, body: alice })
        const refreshed: Tokens = await client.refreshTokenGrant(config, tokens.refresh_token!, { resource })
        expect(refreshed.access_token).not.toBe(tokens.access_token)
        expect(await ask(refreshed.access_token)).toMatchObject({ status: 200, body: alice })
      })

      it('are let in alone: neither the ID token nor the refresh token of the same login is', async () => {
        const { config, ask } = await startWorld(host, { acceptPlainJwt: true })
        const tokens = await logIn(config, resource)
        expect((await ask(tokens.access_token)).status).toBe(200)
        expect(await ask(tokens.id_token!)).toMatchObject({ status: 401, body: { code: 'ERR_JWT_TYPE' } })
        expect(await ask(tokens.refresh_token!)).toMatchObject({ status: 401, body: { code: 'ERR_JWT_TYPE' } })
      })

      it('of a client that acts for itself are let in as the client’s', async () => {
        const { config, ask } = await startWorld(host)
        const tokens = await client.clientCredentialsGrant(config, { resource, scope: 'orders:create' })
        expect(await ask(tokens.access_token)).toMatchObject({
          status: 200,
          body: { subject: web.id, scopes: ['orders:create'], credential: { kind: 'bearer' } },
        })
      })

      it.each([false, true])('that are bound to a key are let in with proofs (nonces: %s)', async (nonce) => {
        const { config, url, ask } = await startWorld(host, { dpop: { nonce } })
        const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
        const tokens = await logIn(config, resource, { DPoP })
        expect(tokens.token_type).toBe('dpop')
        const request = (method: string): Promise<Response> =>
          client.fetchProtectedResource(config, tokens.access_token, url, method, null, undefined, { DPoP })
        for (const method of ['GET', 'POST', 'GET']) {
          const seen = await seenIn(await request(method))
          expect(seen).toMatchObject({ status: 200, body: { subject: 'alice', credential: { kind: 'dpop' } } })
        }
        expect(await ask(tokens.access_token)).toMatchObject({ status: 401, body: { code: 'ERR_JWT_BOUND' } })
        const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
        const stolen = client.fetchProtectedResource(config, tokens.access_token, url, 'GET', null, undefined, {
          DPoP: thief,
        })
        await expect(stolen).rejects.toThrow()
      })
    })

    it('is asked about opaque tokens each time, and a revoked one is not let in any more', async () => {
      const { config, ask } = await startWorld(host)
      const { access_token: token } = await logIn(config, OPAQUE_API)
      const { access_token: other } = await logIn(config, OPAQUE_API)
      expect((await ask(token)).status).toBe(200)
      await client.tokenRevocation(config, token)
      expect(await ask(token)).toMatchObject({ status: 401, body: { code: 'ERR_JWT_INACTIVE' } })
      expect((await ask(other)).status).toBe(200)
      expect(await client.tokenIntrospection(config, other)).toMatchObject({ active: true, sub: 'alice' })
    })

    it('knows the API by a secret in the body too, and not by a wrong one', async () => {
      for (const [introspection, status] of [
        [{ clientSecret: 'wrong' }, 503],
        [{}, 200],
      ] as const) {
        const { config, ask } = await startWorld(host, {}, introspection)
        const { access_token: token } = await client.clientCredentialsGrant(config, { resource: OPAQUE_API })
        expect((await ask(token)).status).toBe(status)
      }
    })

    it('and its tokens for another API are refused', async () => {
      const { config, server } = await startWorld(host)
      const env = createEnvironment()
      onTestFinished(() => env.close())
      const { issuer, introspection } = server
      const billing = jwtAuth({ issuer, audience: 'billing', jwksUri: `${issuer}/jwks`, introspection, env })
      const app = await host.start({ use: [billing] })
      for (const resource of [JWT_API, OPAQUE_API]) {
        const { access_token: token } = await client.clientCredentialsGrant(config, { resource })
        const { status } = await seenIn(await app.fetch('/orders', { headers: { authorization: `Bearer ${token}` } }))
        expect(status).toBe(401)
      }
    })
  },
)
