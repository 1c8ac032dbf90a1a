import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { jwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient } from '@sallyport/jwt-auth/testing'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { answered, guarded, testEnvironment, testIssuer } from '../support/app.ts'
import { audience, opaqueScene } from '../support/opaque-scene.ts'

describeHosts('opaque tokens', (host) => {
  it('are let in beside JWTs, and say who presents them', async () => {
    const issuer = await testIssuer()
    const { introspection, jwksUri } = issuer
    const env = testEnvironment()
    const auth = jwtAuth({ issuer: issuer.issuer, audience, jwksUri, introspection, env })
    const app = await host.start({ use: [auth], handler: ({ seen }) => ({ body: auth.principalOf(seen) }) })
    const ask = async (token: string): Promise<unknown> =>
      (await app.fetch('/orders', { headers: { authorization: `Bearer ${token}` } })).json()
    const claims = { roles: ['clerk'], scope: 'orders:read', sid: 's1' }
    const principal = {
      issuer: issuer.issuer,
      subject: 'alice',
      roles: ['clerk'],
      scopes: ['orders:read'],
      sid: 's1',
      credential: { kind: 'bearer', ambient: false },
    }
    const opaque = issuer.opaqueToken(claims)
    // The second one comes from the cache.
    for (let i = 0; i < 2; i++) expect(await ask(opaque)).toMatchObject(principal)
    expect(await ask(await issuer.token({ claims }))).toMatchObject(principal)
    expect([issuer.introspections, issuer.fetches]).toEqual([1, 1])
    issuer.revoke(opaque)
    expect(await ask(issuer.opaqueToken({ aud: 'billing' }))).toMatchObject({ status: 401, code: 'ERR_JWT_AUDIENCE' })
  })
})

describe('JWT or opaque', () => {
  it('is told by the form: a bad JWT is nothing to ask a server about', async () => {
    const { issuer, ask } = await opaqueScene()
    const jwt = await issuer.token()
    for (const bad of [
      `${jwt}x`,
      `${jwt}=`,
      jwt.slice(0, -1),
      `${jwt.slice(0, jwt.lastIndexOf('.'))}.`,
      `${jwt.split('.')[0]}.e30.AAAA`,
      await issuer.token({ claims: { iss: 'https://evil.example.com/' } }),
      await issuer.token({ claims: { exp: 1 } }),
    ]) {
      expect((await ask(bad)).status).toBe(401)
    }
    expect(issuer.introspections).toBe(0)
  })

  it('and what is neither is refused without asking', async () => {
    const { issuer, ask } = await opaqueScene()
    for (const bad of ['a"b', 'a,b', 'a=b', 'ä', 'x'.repeat(8193)]) {
      expect((await ask(Buffer.from(bad).toString('latin1'))).code).toBe('ERR_JWT_MALFORMED')
    }
    expect(issuer.introspections).toBe(0)
  })

  it.each(['abc', 'a.b', 'a.b.c', 'ya29.a-b_c~d+e/f==', 'a.b.c.d.e', 'e30', '....'])(
    'takes %j for an opaque one',
    async (token) => {
      const { issuer, ask } = await opaqueScene()
      expect((await ask(token)).code).toBe('ERR_JWT_INACTIVE')
      expect(issuer.introspections).toBe(1)
    },
  )

  it('looks JWTs up too where there is no place of keys', async () => {
    const { issuer, ask, auth } = await opaqueScene({ keys: false })
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
    expect((await ask(await issuer.token())).code).toBe('ERR_JWT_INACTIVE')
    expect((await ask(await issuer.token({ claims: { iss: 'https://evil.test/' } }))).code).toBe('ERR_JWT_ISSUER')
    expect([issuer.introspections, issuer.fetches]).toEqual([2, 0])
    expect(auth.health()).toEqual({
      ready: true,
      issuers: [{ issuer: issuer.issuer, count: 0, introspection: 'ready' }],
    })
  })

  it('of several issuers the one that can be asked is asked', async () => {
    const [signing, answering] = [await testIssuer(), await testIssuer()]
    const { introspection } = answering
    const issuers = [
      { issuer: signing.issuer, audience },
      { issuer: answering.issuer, audience, introspection },
    ]
    const auth = jwtAuth({ issuers, env: testEnvironment() })
    const { ask } = await guarded(auth, ({ seen }) => ({ of: auth.principalOf(seen).issuer }))
    expect((await ask(await signing.token())).text).toContain(signing.issuer)
    expect((await ask(answering.opaqueToken())).text).toContain(answering.issuer)
    expect((await ask(signing.opaqueToken())).code).toBe('ERR_JWT_INACTIVE')
  })
})

describe('what is remembered', () => {
  it('is an answer, for half a minute and no longer than the token lasts', async () => {
    const { clock, issuer, ask } = await opaqueScene({ more: { leeway: 0 } })
    const lasting = issuer.opaqueToken()
    const short = issuer.opaqueToken({ exp: clock.now() / 1000 + 10 })
    for (let i = 0; i < 3; i++) {
      expect((await ask(lasting)).status).toBe(200)
      expect((await ask(short)).status).toBe(200)
    }
    expect(issuer.introspections).toBe(2)
    clock.set(clock.now() + 10_000)
    expect((await ask(short)).code).toBe('ERR_JWT_EXPIRED')
    clock.set(clock.now() + 19_999)
    expect((await ask(lasting)).status).toBe(200)
    expect(issuer.introspections).toBe(2)
    issuer.revoke(lasting)
    clock.set(clock.now() + 1)
    expect((await ask(lasting)).code).toBe('ERR_JWT_INACTIVE')
    expect(issuer.introspections).toBe(3)
  })

  it('is nothing where that is asked for', async () => {
    const { issuer, ask } = await opaqueScene({ introspection: { maxAge: 0, negativeMaxAge: 0 } })
    const token = issuer.opaqueToken()
    for (let i = 0; i < 3; i++) expect((await ask(token)).status).toBe(200)
    issuer.revoke(token)
    for (let i = 0; i < 3; i++) expect((await ask(token)).code).toBe('ERR_JWT_INACTIVE')
    expect(issuer.introspections).toBe(6)
  })

  it('is briefly that a token is not active', async () => {
    const { clock, issuer, ask } = await opaqueScene()
    for (let i = 0; i < 5; i++) expect((await ask('unknown')).code).toBe('ERR_JWT_INACTIVE')
    expect(issuer.introspections).toBe(1)
    clock.set(clock.now() + 10_000)
    expect((await ask('unknown')).code).toBe('ERR_JWT_INACTIVE')
    expect(issuer.introspections).toBe(2)
  })

  it('is not used when the clock was set back', async () => {
    const { clock, issuer, ask } = await opaqueScene({ more: { leeway: 300 } })
    const token = issuer.opaqueToken()
    expect((await ask(token)).status).toBe(200)
    clock.set(clock.now() - 60_000)
    expect((await ask(token)).status).toBe(200)
    expect(issuer.introspections).toBe(2)
  })

  it('falls with a revocation on any node', async () => {
    const { env, issuer, ask } = await opaqueScene()
    const token = issuer.opaqueToken({ jti: 'j1' })
    expect((await ask(token)).status).toBe(200)
    const expiresAt = Math.floor(env.clock.now() / 1000) + 3600
    await env.revocations.revoke({ kind: 'token', issuer: issuer.issuer, id: 'j1', expiresAt, reason: 'test' })
    expect((await ask(token)).code).toBe('ERR_JWT_REVOKED')
  })
})

describe('many requests at once', () => {
  it('with one token are one request to the server', async () => {
    const { issuer, ask } = await opaqueScene()
    const token = issuer.opaqueToken()
    issuer.server.mode = 'hang'
    const answers = Array.from({ length: 50 }, () => ask(token))
    await expect.poll(() => issuer.introspections).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    issuer.server.release()
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(issuer.introspections).toBe(1)
  })

  it('with made-up tokens are bounded', async () => {
    const { issuer, ask } = await opaqueScene({ introspection: { concurrency: 5 } })
    issuer.server.mode = 'hang'
    let answered = 0
    const answers = Array.from({ length: 30 }, (_, i) => ask(`made-up-${i}`).finally(() => answered++))
    await expect.poll(() => answered).toBe(25)
    expect(issuer.introspections).toBe(5)
    issuer.server.mode = 'up'
    issuer.server.release()
    const codes = (await Promise.all(answers)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'ERR_JWT_INACTIVE')).toHaveLength(5)
    expect(codes.filter((code) => code === 'ERR_JWT_INTROSPECTION_UNAVAILABLE')).toHaveLength(25)
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
  })
})

describe('how this service proves who it is', () => {
  it.each(['basic', 'post'] as const)('%s', async (clientSecretIn) => {
    const { issuer, ask } = await opaqueScene({ introspection: { clientSecretIn } })
    expect((await ask(issuer.opaqueToken())).status).toBe(200)
  })

  /** What an endpoint is sent. */
  async function sentBy(options: object): Promise<{ authorization: string | undefined; form: URLSearchParams }> {
    let sent = { authorization: undefined as string | undefined, form: new URLSearchParams() }
    const server = createServer((req, res) => {
      void req.toArray().then((chunks) => {
        sent = { authorization: req.headers.authorization, form: new URLSearchParams(Buffer.concat(chunks).toString()) }
        res.setHeader('content-type', 'application/json').end('{"active":false}')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => server.closeAllConnections())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`
    const { ask } = await opaqueScene({ introspection: { clientSecret: undefined, ...options, url } as object })
    expect((await ask('token')).code).toBe('ERR_JWT_INACTIVE')
    return sent
  }

  it('encodes id and secret as RFC 6749 demands', async () => {
    const { authorization, form } = await sentBy({ clientId: 'a b:c', clientSecret: 'd%e:f/ü' })
    expect(Buffer.from(authorization!.slice('Basic '.length), 'base64').toString()).toBe('a+b%3Ac:d%25e%3Af%2F%C3%BC')
    expect(Object.fromEntries(form)).toEqual({ token: 'token', token_type_hint: 'access_token' })
  })

  it('sends an assertion that the app makes, each time anew', async () => {
    let made = 0
    const clientAssertion = (): Promise<string> => Promise.resolve(`assertion-${++made}`)
    const { authorization, form } = await sentBy({ clientAssertion })
    expect(authorization).toBeUndefined()
    expect(Object.fromEntries(form)).toEqual({
      token: 'token',
      token_type_hint: 'access_token',
      client_id: audience,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'assertion-1',
    })
  })
})

describe('what an answer says', () => {
  it.each<[string, object, number, string | undefined]>([
    ['another issuer', { iss: 'https://evil.test/' }, 401, 'ERR_JWT_ISSUER'],
    ['no issuer', { iss: undefined }, 200, undefined],
    ['another audience', { aud: ['billing'] }, 401, 'ERR_JWT_AUDIENCE'],
    ['no audience', { aud: undefined }, 401, 'ERR_JWT_CLAIMS'],
    ['no end', { exp: undefined }, 401, 'ERR_JWT_CLAIMS'],
    ['an end that has passed', { exp: 1 }, 401, 'ERR_JWT_INACTIVE'],
    ['a beginning that has not come', { nbf: 9e9 }, 401, 'ERR_JWT_NOT_YET_VALID'],
    ['no subject and no client', { sub: undefined, client_id: undefined }, 401, 'ERR_JWT_CLAIMS'],
    ['members that are null', { nbf: null, jti: null, scope: null }, 200, undefined],
    ['the type bearer', { token_type: 'bearer' }, 200, undefined],
    ['the type of something else', { token_type: 'refresh_token' }, 401, 'ERR_JWT_TYPE'],
    ['a key, of a bearer token', { cnf: { jkt: 'a'.repeat(43) } }, 401, 'ERR_JWT_BOUND'],
    ['the type DPoP without a key', { token_type: 'DPoP' }, 401, 'ERR_JWT_BOUND'],
    ['that it is an ID token', { nonce: 'n' }, 401, 'ERR_JWT_TYPE'],
  ])('%s', async (_case, claims, status, code) => {
    const { issuer, ask } = await opaqueScene()
    const answer = await ask(issuer.opaqueToken({ ...claims }))
    expect([answer.status, answer.code]).toEqual([status, code])
  })

  it('without a subject: the client acts for itself', async () => {
    const { issuer, ask } = await opaqueScene()
    const { text } = await ask(issuer.opaqueToken({ sub: undefined, client_id: 'nightly-job' }))
    expect(JSON.parse(text)).toMatchObject({ subject: 'nightly-job' })
  })

  it('attack: a refresh token, which is active too, presented as an access token', async () => {
    const strict = await opaqueScene()
    expect((await strict.ask(strict.issuer.opaqueToken({ token_type: undefined }))).code).toBe('ERR_JWT_TYPE')
    const keycloak = await opaqueScene({ introspection: { acceptUntyped: true } })
    expect((await keycloak.ask(keycloak.issuer.opaqueToken({ token_type: undefined, typ: 'Refresh' }))).code).toBe(
      'ERR_JWT_TYPE',
    )
    expect((await keycloak.ask(keycloak.issuer.opaqueToken({ token_type: undefined }))).status).toBe(200)
  })

  it('without an audience is enough where the app says so', async () => {
    const { issuer, ask } = await opaqueScene({ introspection: { acceptWithoutAudience: true } })
    expect((await ask(issuer.opaqueToken({ aud: undefined }))).status).toBe(200)
    expect((await ask(issuer.opaqueToken({ aud: 'billing' }))).code).toBe('ERR_JWT_AUDIENCE')
  })

  it('with the token for its own id: that id goes nowhere', async () => {
    const { issuer, ask, events } = await opaqueScene()
    const token = issuer.opaqueToken()
    issuer.server.documents.set('/introspect', ({ form }) => ({
      ...{ active: true, token_type: 'Bearer', aud: audience, sub: 'alice', exp: 9e9 },
      jti: form.get('token'),
    }))
    const { status, text } = await ask(token)
    expect(status).toBe(200)
    expect(text + JSON.stringify(events.all)).not.toContain(token)
  })

  it('goes through the app’s schema', async () => {
    const claims = z.object({ email: z.email() })
    const { issuer, ask } = await opaqueScene({ more: { claims } as object })
    expect(JSON.parse((await ask(issuer.opaqueToken({ email: 'a@b.de' }))).text)).toMatchObject({
      claims: { email: 'a@b.de' },
    })
    expect((await ask(issuer.opaqueToken())).code).toBe('ERR_JWT_CLAIMS')
  })

  it('binds a token to a key, which must be proved', async () => {
    const { app, clock, issuer } = await opaqueScene({ more: { dpop: true } })
    const client = createDpopClient({ clock })
    const token = issuer.opaqueToken({ token_type: 'DPoP', cnf: { jkt: client.jkt } })
    const url = `${app.origin}/orders`
    const ask = async (headers: object): Promise<unknown> =>
      (await answered(await app.fetch('/orders', { headers: { ...headers } }))).status
    expect(await ask(await client.headers({ url, token }))).toBe(200)
    expect(await ask(await client.headers({ url, token }))).toBe(200)
    expect(await ask({ authorization: `Bearer ${token}` })).toBe(401)
    expect(issuer.introspections).toBe(1)
  })
})
