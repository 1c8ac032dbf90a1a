import { createMemoryStore } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import type { Native } from '../../../../test/hosts/host.ts'
import { bodyParser, textParser } from '../../../../test/hosts/natives.ts'
import { credentials, issuingApp, type Told } from './support/issuing-app.ts'
import { AUDIENCE, DAY, HOUR, ISSUER, pass } from './support/nodes.ts'
import { watched } from './support/watched-store.ts'

const parsers: readonly (readonly [string, readonly Native[]])[] = [
  ['without a body parser', []],
  ['after a body parser', [bodyParser()]],
  ['after a parser of texts', [textParser()]],
]

/** Kept by no cache (RFC 6749, section 5.1). */
function expectUnkept({ headers }: Told): void {
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('pragma')).toBe('no-cache')
}

describeHosts('the routes of an issuer', (host) => {
  it.each(parsers)('log in, refresh and log out, by JSON or by a form, %s', async (_how, before) => {
    const { post, form, app, env } = await issuingApp({ host, before })
    const auth = jwtAuth({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${app.origin}/auth/jwks`, env })
    const guarded = await host.start({ use: [auth] })
    const ask = async (token: string): Promise<number> =>
      (await guarded.fetch('/orders', { headers: { authorization: `Bearer ${token}` } })).status

    for (const send of [post, form]) {
      const login = await send('login-with-refresh', credentials)
      expect(login.status).toBe(200)
      expect(login.body).toEqual({
        access_token: expect.any(String) as string,
        refresh_token: expect.stringMatching(/^rt1_[\w-]{104}$/) as string,
        token_type: 'Bearer',
        expires_in: 1800,
        refresh_expires_in: 604_800,
        scope: 'orders:read orders:create',
      })
      expectUnkept(login)
      expect(await ask(login.body.access_token)).toBe(200)

      const refreshed = await send('refresh', { refresh_token: login.body.refresh_token, scope: 'orders:read' })
      expect(refreshed.status).toBe(200)
      expect(refreshed.body).toMatchObject({ token_type: 'Bearer', scope: 'orders:read' })
      expectUnkept(refreshed)
      expect(await ask(refreshed.body.access_token)).toBe(200)

      const logout = await send('revoke-refresh-token', { refresh_token: refreshed.body.refresh_token })
      expect([logout.status, logout.body]).toEqual([200, { text: '' }])
      expectUnkept(logout)
      for (const { body } of [login, refreshed]) expect(await ask(body.access_token)).toBe(401)
      const after = await send('refresh', { refresh_token: refreshed.body.refresh_token })
      expect([after.status, after.body]).toEqual([400, { error: 'invalid_grant' }])
      expectUnkept(after)
    }
  })

  it('tell whoever has the wrong password one word, and the operator more', async () => {
    const { post, events } = await issuingApp({ host })
    const refused = await post('login-with-refresh', { ...credentials, password: 'wrong' })
    expect([refused.status, refused.body]).toEqual([400, { error: 'invalid_grant' }])
    expectUnkept(refused)
    expect(events.of('token.refused')).toMatchObject([
      {
        detail: { endpoint: 'login-with-refresh', code: 'ERR_ISSUER_GRANT' },
        request: { method: 'POST', path: '/auth/login-with-refresh' },
      },
    ])
    expect(JSON.stringify(events.all)).not.toContain('wrong')
  })

  it('publish the keys, to be kept for a while', async () => {
    const { app, issuer } = await issuingApp({ host })
    const response = await app.fetch('/auth/jwks')
    expect(response.headers.get('content-type')).toContain('application/jwk-set+json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=600')
    expect(await response.json()).toEqual(await issuer.jwks())
    const head = await app.fetch('/auth/jwks', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('let everything else pass', async () => {
    const { app } = await issuingApp({ host })
    expect(await (await app.fetch('/orders')).text()).toBe('reached')
    for (const path of [
      '/auth',
      '/auth/',
      '/auth/refresh/',
      '/auth/refresh2',
      '/refresh',
      '/auth/token',
      '/AUTH/refresh',
    ]) {
      expect((await app.fetch(path, { method: 'POST' })).status, path).toBe(404)
    }
    // CORS is the app's.
    expect((await app.fetch('/auth/refresh', { method: 'OPTIONS' })).status).not.toBe(405)
  })

  it('answer 405 to another method', async () => {
    const { app } = await issuingApp({ host })
    for (const [path, allow] of [
      ['/auth/refresh', 'POST'],
      ['/auth/jwks', 'GET'],
    ] as const) {
      const response = await app.fetch(path, { method: 'PUT' })
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    }
  })

  it('mount under any prefix, or none', async () => {
    for (const prefix of ['', '/api/v1/identity']) {
      const { app } = await issuingApp({ host, routes: { prefix } })
      expect((await app.fetch(`${prefix}/jwks`)).status).toBe(200)
      expect((await app.fetch('/auth/jwks')).status).toBe(404)
    }
  })

  it('answer 503 while the store is down, and the refresh token is not spent', async () => {
    const { store, fail } = watched(createMemoryStore())
    const { post } = await issuingApp({ host, environment: { store } })
    const login = await post('login-with-refresh', credentials)
    fail('get')
    const down = await post('refresh', { refresh_token: login.body.refresh_token })
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, expect.any(String) as string])
    expect(JSON.stringify(down.body)).not.toContain('cut off')
    fail(undefined)
    expect((await post('refresh', { refresh_token: login.body.refresh_token })).status).toBe(200)
  })

  it('answer 503 where the app’s own check fails, and let nobody in', async () => {
    const verifyCredentials = () => Promise.reject(new Error('SELECT * FROM users'))
    const { post, app } = await issuingApp({ host, routes: { verifyCredentials } })
    const answer = await post('login-with-refresh', credentials)
    expect([answer.status, answer.body['code']]).toEqual([503, 'ERR_GATE_FAILED'])
    expect(JSON.stringify(answer.body)).not.toContain('SELECT')
    expect(app.errors).toHaveLength(1)
  })

  it('give the app’s own check all that was sent, and the request', async () => {
    let seen: unknown
    let given: unknown
    const { post } = await issuingApp({
      host,
      routes: {
        verifyCredentials(body, request) {
          given = body
          seen = request
          return undefined
        },
      },
    })
    const sent = { ...credentials, otp: '123456', remember: true, nested: { a: [1] } }
    await post('login-with-refresh', sent)
    expect(given).toEqual(sent)
    expect(seen).toHaveProperty({ koa: 'request', hono: 'req', node: 'headers', fastify: 'headers' }[host.kind])
  })

  it('end a login after its time', async () => {
    const { post, clock } = await issuingApp({ host })
    const login = await post('login-with-refresh', credentials)
    pass(clock, 6 * DAY)
    const next = await post('refresh', { refresh_token: login.body.refresh_token })
    expect(next.body['refresh_expires_in']).toBe(86_400)
    pass(clock, DAY + HOUR)
    expect((await post('refresh', { refresh_token: next.body.refresh_token })).body).toEqual({ error: 'invalid_grant' })
  })
})
