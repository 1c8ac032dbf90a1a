import { createClientSecret } from '@sallyport/jwt-auth/issuer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { bodyParser } from '../../../../test/hosts/natives.ts'
import { rawRequest } from '../../../../test/hosts/raw-request.ts'
import { basic, credentials, issuingApp } from './support/issuing-app.ts'
import { MINUTE, pass } from './support/nodes.ts'

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describeHosts('a request that is not as it must be', (host) => {
  it.each<[string, string, Record<string, string>, number]>([
    ['that is no JSON', '{"refresh_token":', json, 400],
    ['that is a list', '["rt1_"]', json, 400],
    ['that is a text', '"rt1_"', json, 400],
    ['that is null', 'null', json, 400],
    ['without a token', '{}', json, 400],
    ['without a body', '', json, 400],
    ['with an empty token', '{"refresh_token":""}', json, 400],
    ['with a token that is an object', '{"refresh_token":{"$ne":null}}', json, 400],
    ['with a token that is a list', '{"refresh_token":["rt1_"]}', json, 400],
    ['with two tokens', 'refresh_token=a&refresh_token=b', form, 400],
    ['with a token in a prototype', '{"__proto__":{"refresh_token":"rt1_"}}', json, 400],
    ['with a client that is an object', '{"refresh_token":"rt1_","client_id":{}}', json, 400],
    ['of another kind', 'rt1_', { 'content-type': 'text/csv' }, 415],
    ['that is too large', `{"refresh_token":"${'x'.repeat(20_000)}"}`, json, 413],
    ['that is compressed', '{}', { ...json, 'content-encoding': 'gzip' }, 415],
  ])('%s is told so in one word', async (_what, body, headers, status) => {
    const { app } = await issuingApp({ host })
    const response = await rawRequest(app, { method: 'POST', path: '/auth/refresh', headers, body })
    expect([response.status, JSON.parse(response.body)]).toEqual([status, { error: 'invalid_request' }])
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('is not let in by a token in the query', async () => {
    const { app, post } = await issuingApp({ host })
    const login = await post('login-with-refresh', credentials)
    const response = await app.fetch(`/auth/refresh?refresh_token=${login.body.refresh_token}`, { method: 'POST' })
    expect([response.status, await response.json()]).toEqual([400, { error: 'invalid_request' }])
  })

  it('is not let in with two tokens after a body parser', async () => {
    const { form: send } = await issuingApp({ host, before: [bodyParser()] })
    expect((await send('refresh', 'refresh_token=a&refresh_token=b')).body).toEqual({ error: 'invalid_request' })
  })
})

describeHosts('a replayed refresh token over HTTP', (host) => {
  it('is told what every bad one is told, and its owner has to log in again', async () => {
    const { post, clock, events } = await issuingApp({ host })
    const login = await post('login-with-refresh', credentials)
    const next = await post('refresh', { refresh_token: login.body.refresh_token })
    pass(clock, MINUTE)
    const replayed = await post('refresh', { refresh_token: login.body.refresh_token })
    const garbage = await post('refresh', { refresh_token: 'garbage' })
    expect([replayed.status, replayed.body]).toEqual([garbage.status, garbage.body])
    expect(replayed.body).toEqual({ error: 'invalid_grant' })
    expect((await post('refresh', { refresh_token: next.body.refresh_token })).body).toEqual({ error: 'invalid_grant' })
    expect(events.of('token.refused').map(({ detail }) => detail.code)).toEqual([
      'ERR_ISSUER_REUSED',
      'ERR_ISSUER_GRANT',
      'ERR_ISSUER_GRANT',
    ])
  })
})

const sameOrigin = { 'sec-fetch-site': 'same-origin' }

describeHosts('a refresh token in a cookie', (host) => {
  const start = () => issuingApp({ host, routes: { cookie: true } })
  const cookieOf = (headers: Headers): string => headers.getSetCookie()[0]!.split(';')[0]!

  it('is out of reach of scripts, of other sites and of plain HTTP, and lasts as long as the login', async () => {
    const { post } = await start()
    const login = await post('login-with-refresh', credentials, sameOrigin)
    expect(login.body).not.toHaveProperty('refresh_token')
    expect(login.body).toHaveProperty('access_token')
    const [cookie, ...others] = login.headers.getSetCookie()
    expect(others).toEqual([])
    expect(cookie).toMatch(/^__Host-refresh-token=rt1_[\w-]{104}; /)
    expect(cookie!.split('; ').slice(1)).toEqual(['Path=/', 'Max-Age=604800', 'HttpOnly', 'Secure', 'SameSite=Strict'])
  })

  it('is rotated, and taken away at logout', async () => {
    const { post, form: sendForm } = await start()
    const login = await post('login-with-refresh', credentials, sameOrigin)
    const next = await post('refresh', {}, { ...sameOrigin, cookie: cookieOf(login.headers) })
    expect(next.status).toBe(200)
    expect(next.body).not.toHaveProperty('refresh_token')
    expect(cookieOf(next.headers)).not.toBe(cookieOf(login.headers))
    const logout = await sendForm('revoke-refresh-token', '', { ...sameOrigin, cookie: cookieOf(next.headers) })
    expect(logout.status).toBe(200)
    expect(logout.headers.getSetCookie()).toEqual([
      '__Host-refresh-token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
    ])
    const after = await post('refresh', {}, { ...sameOrigin, cookie: cookieOf(next.headers) })
    expect(after.body).toEqual({ error: 'invalid_grant' })
    // Nor is it sent for ever.
    expect(after.headers.getSetCookie()).toEqual(logout.headers.getSetCookie())
  })

  it.each<[string, Record<string, string>]>([
    ['by another site', { 'sec-fetch-site': 'cross-site' }],
    ['by a neighbouring subdomain', { 'sec-fetch-site': 'same-site' }],
    ['by a page of another origin', { origin: 'https://evil.example' }],
    ['without any proof', {}],
  ])(
    'is not used %s: neither to refresh, nor to log out, nor to log in to a foreign account',
    async (_who, headers) => {
      const { post } = await start()
      const login = await post('login-with-refresh', credentials, sameOrigin)
      const cookie = cookieOf(login.headers)
      for (const route of ['refresh', 'revoke-refresh-token']) {
        const refused = await post(route, {}, { ...headers, cookie })
        expect([refused.status, refused.body['code']]).toEqual([403, 'ERR_CROSS_ORIGIN'])
      }
      const forced = await post('login-with-refresh', credentials, headers)
      expect([forced.status, forced.headers.getSetCookie()]).toEqual([403, []])
      expect((await post('refresh', {}, { ...sameOrigin, cookie })).status).toBe(200)
    },
  )

  it('is used by pages of an allowed origin', async () => {
    const app = await issuingApp({
      host,
      routes: { cookie: '__Host-rt' },
      environment: { allowedOrigins: ['https://app.example.com'] },
    })
    const headers = { origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }
    const login = await app.post('login-with-refresh', credentials, headers)
    expect(cookieOf(login.headers)).toMatch(/^__Host-rt=/)
    expect((await app.post('refresh', {}, { ...headers, cookie: cookieOf(login.headers) })).status).toBe(200)
  })

  it('is refused beside another one', async () => {
    const { post } = await start()
    const cookie = cookieOf((await post('login-with-refresh', credentials, sameOrigin)).headers)
    const token = cookie.slice(cookie.indexOf('=') + 1)
    const both = await post('refresh', { refresh_token: token }, { ...sameOrigin, cookie })
    const twice = await post('refresh', {}, { ...sameOrigin, cookie: `${cookie}; ${cookie}` })
    for (const { body } of [both, twice]) expect(body).toEqual({ error: 'invalid_request' })
  })

  it('leaves the cookies of others in place', async () => {
    const own = {
      node: (_req: unknown, res: { setHeader(name: string, value: string): unknown }, next: () => void) => {
        res.setHeader('set-cookie', 'theirs=1')
        next()
      },
      koa: (ctx: { set(name: string, value: string): void }, next: () => Promise<unknown>) => {
        ctx.set('set-cookie', 'theirs=1')
        return next()
      },
      hono: (c: { header(name: string, value: string): void }, next: () => Promise<unknown>) => {
        c.header('set-cookie', 'theirs=1')
        return next()
      },
    }
    const { post } = await issuingApp({ host, routes: { cookie: true }, before: [own as never] })
    const { headers } = await post('login-with-refresh', credentials, sameOrigin)
    expect(headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['theirs', '__Host-refresh-token'])
  })
})

describe('any body at all', () => {
  it('is refused in one word, by every route, and never breaks one', async () => {
    const secret = createClientSecret()
    const clients = [{ id: 'x', secretHash: secret.secretHash, scopes: ['a'], introspection: true }]
    const { app } = await issuingApp({ routes: { clients } })
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.webQueryParameters().map((text) => Buffer.from(text)),
      fc
        .dictionary(
          fc.constantFrom(
            'grant_type',
            'refresh_token',
            'token',
            'scope',
            'client_id',
            'client_secret',
            'subject_token',
            'user',
          ),
          fc.jsonValue(),
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
    )
    const types = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'application/json;charset=utf-16',
      'text/plain',
      '',
    )
    const routes = fc.constantFrom(
      'login-with-refresh',
      'refresh',
      'revoke-refresh-token',
      'token',
      'revoke',
      'introspect',
    )
    await fc.assert(
      fc.asyncProperty(bodies, types, routes, fc.boolean(), async (body, type, route, known) => {
        const headers = { 'content-type': type, ...(known && basic('x', secret.secret)) }
        const response = await app.fetch(`/auth/${route}`, { method: 'POST', body: new Uint8Array(body), headers })
        const text = await response.text()
        // A client that may revoke is told 200 for what is no token, and one that may ask that it is not good.
        expect([200, 400, 401, 413, 415]).toContain(response.status)
        if (response.status === 200) expect(['', '{"active":false}']).toContain(text)
        else expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(/^[a-z_]+$/) as string })
      }),
      { numRuns: 500 },
    )
  })
})

describe('a prefix', () => {
  it.each(['auth', '/auth/', '/', '/au th', '/auth?x', 'https://example.com/auth'])('%j is refused', async (prefix) => {
    await expect(issuingApp({ routes: { prefix } })).rejects.toMatchObject({ code: 'ERR_OPTION' })
  })
})
