import { describe, expect, it } from 'vitest'
import { identify, reportOnly } from '@sallyport/core'
import { captureEvents, createTestClock, signIn, testPrincipal } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Host } from '../../../test/hosts/host.ts'
import { answered, guarded, testEnvironment, testIssuer } from './support/app.ts'

const audience = 'orders-api'
const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describeHosts('jwtAuth', (host: Host) => {
  it('lets in a good token and says whose it is', async () => {
    const { issuer, token } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, env: testEnvironment() })
    const app = await host.start({
      use: [auth],
      handler: ({ seen, principal }) => ({
        body: { same: auth.principalOf(seen) === principal, subject: auth.principalOf(seen).subject },
      }),
    })
    // The second one comes from the cache.
    const good = await token({ claims: { sub: 'alice', roles: ['clerk'] } })
    for (let i = 0; i < 2; i++) {
      const response = await app.fetch('/orders', bearer(good))
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ same: true, subject: 'alice' })
    }
    expect(app.errors).toEqual([])
  })

  it('refuses no token with a challenge that tells no error', async () => {
    const { issuer } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, realm: 'orders', env: testEnvironment() })
    const app = await host.start({ use: [auth] })
    expect(await answered(await app.fetch('/orders'))).toMatchObject({
      status: 401,
      code: 'ERR_JWT_MISSING',
      challenge: 'Bearer realm="orders"',
    })
  })

  it('refuses a bad token with its class of error and nothing of the token', async () => {
    const { issuer, token } = await testIssuer()
    const app = await host.start({ use: [jwtAuth({ issuer, audience, env: testEnvironment() })] })
    const expired = await token({ claims: { exp: 1000, sub: 'very-private' } })
    const answer = await answered(await app.fetch('/orders', bearer(expired)))
    expect(answer).toMatchObject({
      status: 401,
      code: 'ERR_JWT_EXPIRED',
      challenge: 'Bearer realm="api", error="invalid_token", error_description="The token has expired"',
    })
    expect(answer.text).not.toContain('very-private')
    expect(String((app.errors[0] as Error).stack)).not.toContain(expired.slice(0, 20))
  })

  it('guards a single route', async () => {
    const { issuer, token } = await testIssuer()
    const app = await host.start({ route: [jwtAuth({ issuer, audience, env: testEnvironment() })] })
    expect((await app.fetch('/orders')).status).toBe(401)
    expect((await app.fetch('/orders', bearer(await token()))).status).toBe(200)
  })

  it('answers HEAD, and lets OPTIONS pass no more than anything else', async () => {
    const { issuer, token } = await testIssuer()
    const app = await host.start({ use: [jwtAuth({ issuer, audience, env: testEnvironment() })] })
    expect((await app.fetch('/orders', { method: 'HEAD' })).status).toBe(401)
    expect((await app.fetch('/orders', { method: 'HEAD', ...bearer(await token()) })).status).toBe(200)
    expect((await app.fetch('/orders', { method: 'OPTIONS' })).status).toBe(401)
  })

  it('takes a cookie on request, and demands the same-origin proof for what changes something', async () => {
    const { issuer, token } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, cookie: '__Host-token', env: testEnvironment() })
    const app = await host.start({
      use: [auth],
      handler: ({ seen }) => ({ body: auth.principalOf(seen).credential }),
    })
    const headers = { cookie: `theme=dark; __Host-token=${await token()}` }
    const read = await app.fetch('/orders', { headers })
    expect(await read.json()).toMatchObject({ kind: 'cookie', ambient: true })
    const crossSite = { ...headers, 'sec-fetch-site': 'cross-site' }
    expect((await app.fetch('/orders', { method: 'POST', headers })).status).toBe(403)
    expect((await app.fetch('/orders', { method: 'POST', headers: crossSite })).status).toBe(403)
    const sameOrigin = { ...headers, 'sec-fetch-site': 'same-origin' }
    expect((await app.fetch('/orders', { method: 'POST', headers: sameOrigin })).status).toBe(200)
    const onPurpose = { authorization: `Bearer ${await token()}` }
    expect((await app.fetch('/orders', { method: 'POST', headers: onPurpose })).status).toBe(200)
  })

  it('lets a request without token pass where none is required, and refuses a bad one all the same', async () => {
    const { issuer, token } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, required: false, env: testEnvironment() })
    const app = await host.start({
      use: [auth],
      handler: ({ seen, exchange }) => ({
        body: { who: auth.principalOf(seen)?.subject ?? 'nobody', challenges: exchange?.challenges },
      }),
    })
    expect(await (await app.fetch('/orders')).json()).toEqual({ who: 'nobody', challenges: ['Bearer realm="api"'] })
    expect(await (await app.fetch('/orders', bearer(await token()))).json()).toMatchObject({ who: 'alice' })
    expect((await app.fetch('/orders', bearer('bad'))).status).toBe(401)
    const basic = { headers: { authorization: 'Basic YTpi' } }
    expect(await (await app.fetch('/orders', basic)).json()).toMatchObject({ who: 'nobody' })
  })
})

describeHosts('jwtAuth beside other gates', (host: Host) => {
  it('verifies for each instance, and keeps apart what each found', async () => {
    const env = testEnvironment()
    const [first, second] = [await testIssuer(), await testIssuer({ audience: 'billing' })]
    const both = {
      issuers: [
        { issuer: first.issuer, audience },
        { issuer: second.issuer, audience: 'billing' },
      ],
      env,
    }
    const wide = jwtAuth(both)
    const narrow = jwtAuth({ issuer: second.issuer, audience: 'billing', env })
    const app = await host.start({
      use: [wide, narrow],
      handler: ({ seen }) => ({ body: { same: wide.principalOf(seen) === narrow.principalOf(seen) } }),
    })
    expect((await app.fetch('/orders', bearer(await first.token()))).status).toBe(401)
    expect(await (await app.fetch('/orders', bearer(await second.token()))).json()).toEqual({ same: false })
  })

  it('refuses a token of somebody else than who is logged in', async () => {
    const env = testEnvironment()
    const { issuer, token } = await testIssuer()
    const login = signIn(testPrincipal({ issuer, subject: 'bob' }), { env })
    const app = await host.start({ use: [login, jwtAuth({ issuer, audience, env })] })
    expect((await app.fetch('/orders', bearer(await token({ claims: { sub: 'bob' } })))).status).toBe(200)
    expect(await answered(await app.fetch('/orders', bearer(await token({ claims: { sub: 'alice' } }))))).toMatchObject(
      {
        status: 400,
        code: 'ERR_CREDENTIAL_CONFLICT',
      },
    )
  })

  it('does not let a good login rescue a bad token', async () => {
    const env = testEnvironment()
    const { issuer } = await testIssuer()
    const swallowed = {
      node: (req: never, res: never, next: () => void) => void auth(req, res, () => next()),
      koa: (ctx: never, next: () => Promise<unknown>) => auth(ctx, () => Promise.resolve()).then(next, next),
    }
    const auth = jwtAuth({ issuer, audience, env })
    const login = identify(() => ({ subject: 'bob' }), { env })
    const app = await host.start({ use: [swallowed, login] })
    expect(await answered(await app.fetch('/orders', bearer('bad')))).toMatchObject({
      status: 401,
      code: 'ERR_JWT_MALFORMED',
    })
  })

  it('only reports in report-only mode', async () => {
    const env = testEnvironment()
    const { issuer } = await testIssuer()
    using events = captureEvents(env)
    const app = await host.start({ use: [reportOnly(jwtAuth({ issuer, audience, env }))] })
    expect((await app.fetch('/orders', bearer('bad'))).status).toBe(200)
    expect(events.of('gate.refused').map((event) => event.detail)).toEqual([
      { gate: 'jwtAuth', code: 'ERR_JWT_MALFORMED', status: 401, reportOnly: true },
    ])
  })
})

describe('principalOf', () => {
  it('refuses to answer where the instance let nobody in', async () => {
    const { issuer } = await testIssuer()
    const auth = jwtAuth({ issuer, audience, env: testEnvironment() })
    expect(() => auth.principalOf({})).toThrow(expect.objectContaining({ code: 'ERR_NO_EXCHANGE', status: 500 }))
  })
})

describe('security events', () => {
  it('publishes who was accepted, by public ids only', async () => {
    const env = testEnvironment()
    const { issuer, token } = await testIssuer()
    using events = captureEvents(env)
    const { ask } = await guarded(jwtAuth({ issuer, audience, env }))
    const good = await token({ claims: { jti: 'j1', sid: 's1' } })
    await ask(good)
    const [accepted] = events.of('authn.accepted')
    expect(accepted?.detail).toEqual({ by: 'jwtAuth', credential: 'bearer', id: 'j1' })
    expect(accepted?.account).toEqual({ issuer, subject: 'alice', sid: 's1' })
    expect(JSON.stringify(events.all)).not.toContain(good.slice(0, 30))
  })
})

describe('clock', () => {
  it('is that of the environment', async () => {
    const clock = createTestClock()
    const { issuer, token } = await testIssuer({ clock })
    const env = testEnvironment({ clock })
    const { ask } = await guarded(jwtAuth({ issuer, audience, env }))
    const good = await token({ claims: { exp: clock.now() / 1000 + 60 } })
    expect((await ask(good)).status).toBe(200)
    clock.set(clock.now() + 64_000)
    expect((await ask(good)).status).toBe(200)
    clock.set(clock.now() + 1000)
    expect((await ask(good)).code).toBe('ERR_JWT_EXPIRED')
    clock.set(clock.now() - 120_000)
    expect((await ask(good)).code).toBe('ERR_JWT_NOT_YET_VALID')
  })
})
