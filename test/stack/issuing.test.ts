import Router from '@koa/router'
import { createEnvironment, createMemoryStore, problemDetails, type Environment } from '@sallyport/core'
import { createTestClock, type TestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { tokenIssuer, type TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { rbac } from '@sallyport/rbac'
import express from 'express'
import express4 from 'express4'
import Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import type { Host, Native, RunningApp } from '../hosts/host.ts'
import { listen } from '../hosts/listen.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'

const audience = 'orders-api'
const DAY = 86_400_000

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** Two nodes on one store: one issues, one serves orders to whoever has a token. */
interface Pair {
  readonly clock: TestClock
  readonly issuing: { readonly env: Environment; readonly issuer: TokenIssuer; readonly app: RunningApp }
  readonly serving: { readonly env: Environment; readonly app: RunningApp }
  post(route: string, body: object): Promise<Response>
  orders(token: string): Promise<Response>
}

async function startPair(host: Host): Promise<Pair> {
  const clock = createTestClock()
  const store = createMemoryStore({ clock })
  const environment = (): Environment => {
    const env = createEnvironment({ clock, store: { ...store, close: () => Promise.resolve() } })
    onTestFinished(() => env.close())
    return env
  }
  const [issuingEnv, servingEnv] = [environment(), environment()]
  // The issuer is named after its address, which is known once it listens.
  let routes: Native = { node: (_req, _res, next) => next(), koa: (_ctx, next) => next() }
  const later: Native = {
    node: (req, res, next) => routes.node(req, res, next),
    koa: (ctx, next) => routes.koa(ctx, next),
  }
  const issuingApp = await host.start({ use: [later] })
  const issuer = tokenIssuer({ issuer: issuingApp.origin, audience, env: issuingEnv, algorithm: 'RS256' })
  const mounted = issuer.routes({
    prefix: '/auth',
    verifyCredentials: ({ user, password }) =>
      user === 'alice' && password === 'correct horse' ? { subject: 'alice', roles: ['clerk'] } : undefined,
  })
  routes = {
    node: (req, res, next) => mounted(req, res, next),
    koa: (ctx, next) => mounted(ctx as never, next),
  }
  // Nothing but the issuer's name: the keys are found from it.
  const auth = jwtAuth({ issuer: issuingApp.origin, audience, env: servingEnv })
  const access = rbac({ permissions: ['orders:read'] as const, roles: { clerk: ['orders:read'] }, env: servingEnv })
  const another = host.kind === 'koa' ? express5Host : koa3Host
  const servingApp = await another.start({ use: [auth], route: [access.require('orders:read')] })
  return {
    clock,
    issuing: { env: issuingEnv, issuer, app: issuingApp },
    serving: { env: servingEnv, app: servingApp },
    post: (route, body) =>
      issuingApp.fetch(`/auth/${route}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    orders: (token) => servingApp.fetch('/orders', { headers: { authorization: `Bearer ${token}` } }),
  }
}

describeHosts('an app that issues, and another node that takes', (host) => {
  it('work from login to logout, with the keys found by discovery', async () => {
    const { post, orders } = await startPair(host)
    const refused = await post('login-with-refresh', { user: 'alice', password: 'wrong' })
    expect(await refused.json()).toEqual({ error: 'invalid_grant' })
    const first = (await (
      await post('login-with-refresh', { user: 'alice', password: 'correct horse' })
    ).json()) as Tokens
    expect((await orders(first.access_token)).status).toBe(200)
    const second = (await (await post('refresh', { refresh_token: first.refresh_token })).json()) as Tokens
    expect((await orders(second.access_token)).status).toBe(200)
    expect((await post('revoke-refresh-token', { refresh_token: second.refresh_token })).status).toBe(200)
    // On the other node, which has them in its cache.
    for (const { access_token: token } of [first, second]) expect((await orders(token)).status).toBe(401)
  })

  it('end a login on the other node when its refresh token is replayed', async () => {
    const { post, orders, clock } = await startPair(host)
    const first = (await (
      await post('login-with-refresh', { user: 'alice', password: 'correct horse' })
    ).json()) as Tokens
    const second = (await (await post('refresh', { refresh_token: first.refresh_token })).json()) as Tokens
    expect((await orders(second.access_token)).status).toBe(200)
    await clock.advance(60_000)
    expect((await post('refresh', { refresh_token: first.refresh_token })).status).toBe(400)
    expect((await orders(second.access_token)).status).toBe(401)
  })
})

describe('keys that rotate under an app that takes tokens', () => {
  it('refuse nobody at any turn, on the schedule or off it', async () => {
    const { issuing, orders, clock } = await startPair(express5Host)
    const { issuer } = issuing
    const kids = new Set<unknown>()
    for (let day = 0; day < 200; day++) {
      const { accessToken } = await issuer.accessToken({ subject: 'alice', roles: ['clerk'] })
      kids.add(JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()).kid)
      expect((await orders(accessToken)).status, `day ${day}`).toBe(200)
      clock.set(clock.now() + DAY)
    }
    expect(kids.size).toBe(3)
    await issuer.rotateKeys({ withdraw: true })
    const { accessToken } = await issuer.accessToken({ subject: 'alice', roles: ['clerk'] })
    expect((await orders(accessToken)).status).toBe(200)
  })
})

describe('the routes below a router that the app has', () => {
  const started = (): TokenIssuer => {
    const env = createEnvironment()
    onTestFinished(() => env.close())
    return tokenIssuer({ issuer: 'https://id.example.com', audience, env })
  }

  it.each([
    ['Express 5', () => express() as unknown as ReturnType<typeof express>, express.Router],
    [
      'Express 4',
      () => express4() as unknown as ReturnType<typeof express>,
      express4.Router as unknown as typeof express.Router,
    ],
  ] as const)('of %s are at the whole path', async (_name, make, router) => {
    const routes = started().routes({ prefix: '/v1/auth' })
    const inner = router()
    inner.use(express.json(), routes)
    const app = make()
    app.use('/v1', inner)
    app.use(problemDetails())
    const { fetch: ask } = await listen(app as never, [])
    expect((await ask('/v1/auth/jwks')).status).toBe(200)
    const refused = await ask('/v1/auth/refresh', { method: 'POST' })
    expect(await refused.json()).toEqual({ error: 'invalid_request' })
  })

  it('of Koa are at the whole path', async () => {
    const routes = started().routes({ prefix: '/v1/auth' })
    const router = new Router({ prefix: '/v1' }).all('/auth/*rest', routes)
    const app = new Koa()
    app.use(problemDetails())
    app.use(router.routes())
    const { fetch: ask } = await listen(app.callback(), [])
    expect((await ask('/v1/auth/jwks')).status).toBe(200)
    expect(await (await ask('/v1/auth/refresh', { method: 'POST' })).json()).toEqual({ error: 'invalid_request' })
  })
})
