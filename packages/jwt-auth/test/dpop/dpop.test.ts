import { describe, expect, it } from 'vitest'
import { createMemoryStore, reportOnly } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient, type TestAlgorithm } from '@sallyport/jwt-auth/testing'
import { rawRequest } from '../../../../test/hosts/raw-request.ts'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { answered, testEnvironment } from '../support/app.ts'
import { audience, dpopScene } from '../support/dpop-scene.ts'

const algs = 'algs="ES256 EdDSA Ed25519 PS256 RS256"'

describeHosts('DPoP', (host) => {
  it('lets in a token that is bound to a key, with a proof for each request', async () => {
    const { issuer, bound, ask } = await dpopScene({ host })
    const token = await bound()
    // Later ones come from the cache.
    for (let i = 0; i < 3; i++) {
      const { status, text } = await ask(token)
      expect(status).toBe(200)
      expect(JSON.parse(text)).toMatchObject({ subject: 'alice', credential: { kind: 'dpop', ambient: false } })
    }
    expect(issuer.fetches).toBe(1)
  })

  it('takes a proof once', async () => {
    const { client, bound, send, url } = await dpopScene({ host })
    const token = await bound()
    const headers = await client.headers({ url, token })
    expect((await send(headers)).status).toBe(200)
    expect(await send(headers)).toMatchObject({
      status: 401,
      code: 'ERR_JWT_PROOF_REPLAYED',
      challenge: expect.stringMatching(/^DPoP realm="api", error="invalid_dpop_proof"/) as string,
    })
  })

  it('refuses a bound token as a bearer token, and a plain one with a proof', async () => {
    const { issuer, bound, ask, send } = await dpopScene({ host })
    const stolen = { authorization: `Bearer ${await bound()}` }
    expect(await send(stolen)).toMatchObject({
      status: 401,
      code: 'ERR_JWT_BOUND',
      challenge: expect.stringMatching(
        /^Bearer realm="api", error="invalid_token".*, DPoP realm="api", algs=/,
      ) as string,
    })
    expect(await ask(await issuer.token())).toMatchObject({
      status: 401,
      code: 'ERR_JWT_UNBOUND',
      challenge: expect.stringMatching(/^DPoP realm="api", error="invalid_token".*, Bearer realm="api"$/) as string,
    })
    // Where proofs are not required, plain tokens are taken as ever.
    expect((await send({ authorization: `Bearer ${await issuer.token()}` })).status).toBe(200)
  })

  it('names both schemes where there is no token', async () => {
    const { send } = await dpopScene({ host })
    expect(await send({})).toMatchObject({
      status: 401,
      code: 'ERR_JWT_MISSING',
      challenge: `Bearer realm="api", DPoP realm="api", ${algs}`,
    })
  })

  it('gives out nonces where they are asked for, and new ones before the old ones end', async () => {
    const { clock, bound, ask } = await dpopScene({ host, dpop: { nonce: true } })
    const token = await bound({ exp: clock.now() / 1000 + 3600 })
    const first = await ask(token)
    expect(first).toMatchObject({
      status: 401,
      code: 'ERR_JWT_PROOF_NONCE',
      challenge: expect.stringContaining('DPoP realm="api", error="use_dpop_nonce"') as string,
    })
    const nonce = first.nonce!
    expect(nonce).toMatch(/^[\w-]{22}$/)
    expect(await ask(token, { nonce })).toMatchObject({ status: 200, nonce: null })
    await clock.advance(60_000)
    const next = await ask(token, { nonce })
    expect(next.status).toBe(200)
    expect(next.nonce).toMatch(/^[\w-]{22}$/)
    expect(next.nonce).not.toBe(nonce)
    await clock.advance(60_000)
    expect(await ask(token, { nonce })).toMatchObject({ status: 401, code: 'ERR_JWT_PROOF_NONCE' })
    expect((await ask(token, { nonce: next.nonce! })).status).toBe(200)
  })

  it('compares with the address that the client sees behind a trusted proxy', async () => {
    const { bound, ask } = await dpopScene({ host, environment: { trustedProxies: ['loopback'] } })
    const forwarded = {
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'api.example.com',
    }
    const token = await bound()
    const url = 'https://api.example.com/orders'
    expect((await ask(token, { url }, forwarded)).status).toBe(200)
    expect(await ask(token, {}, forwarded)).toMatchObject({ status: 401, code: 'ERR_JWT_PROOF' })
  })
})

describe('DPoP, required', () => {
  it('refuses every token that is not bound', async () => {
    const { issuer, bound, ask, send } = await dpopScene({ dpop: { required: true } })
    expect((await ask(await bound())).status).toBe(200)
    const plain = await issuer.token()
    expect(await send({ authorization: `Bearer ${plain}` })).toMatchObject({ status: 401, code: 'ERR_JWT_UNBOUND' })
    expect((await ask(plain)).code).toBe('ERR_JWT_UNBOUND')
    expect((await send({})).challenge).toBe(`DPoP realm="api", ${algs}`)
  })

  it('refuses them in a cookie and in the query too', async () => {
    const more = { cookie: 'token', query: 'access_token' }
    const { issuer, send, bound } = await dpopScene({ dpop: { required: true }, more })
    const plain = await issuer.token()
    expect((await send({ cookie: `token=${plain}` })).code).toBe('ERR_JWT_UNBOUND')
    expect((await send({}, { path: `/orders?access_token=${plain}` })).code).toBe('ERR_JWT_UNBOUND')
    expect((await send({ cookie: `token=${await bound()}` })).code).toBe('ERR_JWT_BOUND')
  })
})

describe('DPoP, off', () => {
  it('is a scheme that is not ours, and leaves bound tokens refused', async () => {
    const { bound, ask, send } = await dpopScene({ dpop: false })
    const token = await bound()
    expect(await ask(token)).toMatchObject({ status: 401, code: 'ERR_JWT_MISSING', challenge: 'Bearer realm="api"' })
    expect((await send({ authorization: `Bearer ${token}` })).code).toBe('ERR_JWT_BOUND')
  })
})

describe('the scheme DPoP', () => {
  it.each(['DPoP', 'dpop', 'DPOP'])('is known as %s', async (scheme) => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const dpop = await client.proof({ url, token })
    expect((await send({ authorization: `${scheme} ${token}`, dpop })).status).toBe(200)
  })

  it.each(['DPoP', 'DPoP a b', 'DPoP  '])('is refused as %j', async (authorization) => {
    const { send } = await dpopScene()
    expect(await send({ authorization })).toMatchObject({
      status: 400,
      code: 'ERR_JWT_REQUEST',
      challenge: expect.stringMatching(/^DPoP realm="api", error="invalid_request"/) as string,
    })
  })

  it('is another one when it is longer', async () => {
    const { send } = await dpopScene()
    expect((await send({ authorization: 'DPoP-Nonce abc' })).code).toBe('ERR_JWT_MISSING')
  })
})

describe('proofs', () => {
  it.each<TestAlgorithm>(['ES256', 'PS256', 'RS256', 'EdDSA'])('are taken with %s', async (alg) => {
    const { clock, issuer, url, send } = await dpopScene()
    const client = createDpopClient({ alg, clock })
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } })
    expect((await send(await client.headers({ url, token }))).status).toBe(200)
  })

  it('are taken with the algorithms that the app names only', async () => {
    const { clock, issuer, url, send } = await dpopScene({ dpop: { algorithms: ['ES384'] } })
    for (const [alg, status] of [
      ['ES384', 200],
      ['ES256', 401],
    ] as const) {
      const client = createDpopClient({ alg, clock })
      const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } })
      const answer = await send(await client.headers({ url, token }))
      expect(answer.status).toBe(status)
    }
    expect((await send({})).challenge).toContain('algs="ES384"')
  })

  it.each(['GET', 'HEAD', 'POST', 'DELETE'])('are for the method %s', async (method) => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const headers = await client.headers({ url, token, method })
    expect((await send(headers, { method })).status).toBe(200)
  })

  it('are for an address without its query', async () => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const claims = { htu: `${url}?page=1#top` }
    expect((await send(await client.headers({ url, token }), { path: '/orders?page=2' })).status).toBe(200)
    expect((await send(await client.headers({ url, token, claims }), { path: '/orders?page=2' })).status).toBe(200)
  })

  it('are fresh for a minute, with the leeway of clocks', async () => {
    const { clock, bound, ask } = await dpopScene({ more: { leeway: 5 } })
    const token = await bound()
    const now = clock.now() / 1000
    for (const [age, status] of [
      [64, 200],
      [65, 401],
      [3600, 401],
      [-5, 200],
      [-6, 401],
    ] as const) {
      expect((await ask(token, { claims: { iat: now - age } })).status).toBe(status)
    }
  })

  it('are remembered for as long as they are fresh', async () => {
    const { clock, client, bound, send, url } = await dpopScene({ dpop: { maxAge: 10 }, more: { leeway: 5 } })
    const token = await bound()
    // By a clock that is five seconds ahead.
    const headers = await client.headers({ url, token, claims: { iat: clock.now() / 1000 + 5 } })
    expect((await send(headers)).status).toBe(200)
    await clock.advance(19_999)
    expect((await send(headers)).code).toBe('ERR_JWT_PROOF_REPLAYED')
    await clock.advance(1)
    expect((await send(headers)).code).toBe('ERR_JWT_PROOF')
  })

  it('may have any date where a nonce tells their age', async () => {
    const { bound, ask } = await dpopScene({ dpop: { nonce: true } })
    const token = await bound()
    const { nonce } = await ask(token)
    expect((await ask(token, { nonce: nonce!, claims: { iat: 1 } })).status).toBe(200)
    expect((await ask(token, { nonce: nonce!, claims: { iat: 9e9 } })).status).toBe(200)
    expect((await ask(token, { nonce: nonce!, claims: { iat: 'now' } })).code).toBe('ERR_JWT_PROOF')
  })

  it('do for all gates on a request', async () => {
    const { env, issuer, client, bound } = await dpopScene()
    const options = { issuer: issuer.issuer, audience, dpop: true, env }
    const app = await express5Host.start({ use: [reportOnly(jwtAuth(options)), jwtAuth(options), jwtAuth(options)] })
    const token = await bound()
    const headers = await client.headers({ url: `${app.origin}/orders`, token })
    using events = captureEvents(env)
    expect((await app.fetch('/orders', { headers })).status).toBe(200)
    expect(events.of('gate.refused')).toEqual([])
    expect((await answered(await app.fetch('/orders', { headers }))).code).toBe('ERR_JWT_PROOF_REPLAYED')
  })
})

describe('the public URL', () => {
  it('is what proofs are for, where it is given', async () => {
    const publicUrl = ['https://api.example.com', 'https://example.com/api/']
    const { bound, ask } = await dpopScene({ dpop: { publicUrl } })
    const token = await bound()
    expect((await ask(token, { url: 'https://api.example.com/orders' })).status).toBe(200)
    expect((await ask(token, { url: 'https://example.com/api/orders' })).status).toBe(200)
    for (const url of [
      'https://example.com/orders',
      'https://api.example.com/api/orders',
      'https://example.com/apiorders',
    ]) {
      expect((await ask(token, { url })).code).toBe('ERR_JWT_PROOF')
    }
  })

  it('does not depend on what Host says, as the origin does', async () => {
    const loose = await dpopScene()
    const pinned = await dpopScene({ dpop: { publicUrl: 'https://api.example.com' } })
    for (const [{ client, bound, app }, status] of [
      [loose, 200],
      [pinned, 401],
    ] as const) {
      const token = await bound()
      const proved = await client.headers({ url: 'http://other.example.com/orders', token })
      const headers = { host: 'other.example.com', ...proved }
      expect((await rawRequest(app, { path: '/orders', headers })).status).toBe(status)
    }
  })
})

describe('security events', () => {
  it('say that a key was proved', async () => {
    const { env, bound, ask } = await dpopScene()
    using events = captureEvents(env)
    await ask(await bound({ jti: 'j1' }))
    expect(events.of('authn.accepted').map(({ detail }) => detail)).toEqual([
      { by: 'jwtAuth', credential: 'dpop', id: 'j1' },
    ])
  })
})

describe('several environments on one store', () => {
  it('share proofs and nonces', async () => {
    const one = await dpopScene({ dpop: { nonce: true } })
    const store = createMemoryStore({ clock: one.clock })
    const apps = await Promise.all(
      [0, 1].map(async () => {
        const env = testEnvironment({ clock: one.clock, store })
        const publicUrl = 'https://api.example.com'
        const auth = jwtAuth({ issuer: one.issuer.issuer, audience, dpop: { nonce: true, publicUrl }, env })
        return express5Host.start({ use: [auth] })
      }),
    )
    const token = await one.bound()
    const url = 'https://api.example.com/orders'
    const ask = async (app: number, headers: object): Promise<{ code: string | undefined; nonce: string | null }> => {
      const response = await apps[app]!.fetch('/orders', { headers: { ...headers } })
      const nonce = response.headers.get('dpop-nonce')
      return { code: response.ok ? 'ok' : (await answered(response)).code, nonce }
    }
    const { nonce } = await ask(0, await one.client.headers({ url, token }))
    const proof = await one.client.headers({ url, token, nonce: nonce! })
    expect((await ask(1, proof)).code).toBe('ok')
    expect((await ask(0, proof)).code).toBe('ERR_JWT_PROOF_REPLAYED')
  })
})
