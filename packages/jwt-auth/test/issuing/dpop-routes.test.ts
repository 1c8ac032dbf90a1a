import { createDpopClient, type DpopClient } from '@sallyport/jwt-auth/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { read } from './support/acceptor.ts'
import { credentials, issuingApp, type IssuingApp } from './support/issuing-app.ts'
import { AUDIENCE, ISSUER, MINUTE, pass } from './support/nodes.ts'

/** A proof for a request for tokens: there is no token yet that it could be made for. */
const proofFor = (client: DpopClient, route: string, claims: object = {}): Promise<string> =>
  client.proof({ method: 'POST', url: `${ISSUER}/auth/${route}`, token: '', claims: { ath: undefined, ...claims } })

async function start(
  dpop: NonNullable<Parameters<typeof issuingApp>[0]>['routes'] = { dpop: true },
  host = express5Host,
) {
  const scene = await issuingApp({ host, routes: dpop })
  const client = createDpopClient({ clock: scene.clock })
  const login = async (): Promise<Awaited<ReturnType<IssuingApp['post']>>> =>
    scene.post('login-with-refresh', credentials, { dpop: await proofFor(client, 'login-with-refresh') })
  return { ...scene, client, login }
}

describeHosts('a login with a proof of possession', (host) => {
  it('binds all of its tokens to the key, and jwtAuth takes them with it only', async () => {
    const { app, env, login, client, post } = await start({ dpop: true }, host)
    const first = await login()
    expect(first.body['token_type']).toBe('DPoP')
    expect(read(first.body.access_token).claims['cnf']).toEqual({ jkt: client.jkt })
    const auth = jwtAuth({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${app.origin}/auth/jwks`, dpop: true, env })
    const guarded = await host.start({ use: [auth] })
    const url = `${guarded.origin}/orders`
    const token = first.body.access_token
    expect((await guarded.fetch('/orders', { headers: { ...(await client.headers({ url, token })) } })).status).toBe(
      200,
    )
    expect((await guarded.fetch('/orders', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)

    const ask = { refresh_token: first.body.refresh_token }
    expect((await post('refresh', ask)).body).toEqual({ error: 'invalid_dpop_proof' })
    const next = await post('refresh', ask, { dpop: await proofFor(client, 'refresh') })
    expect(next.body['token_type']).toBe('DPoP')
  })
})

describe('a stolen refresh token that is bound to a key', () => {
  it('is of no use with the key of a thief', async () => {
    const { login, post, clock, client } = await start()
    const { body } = await login()
    const thief = createDpopClient({ clock })
    const ask = { refresh_token: body.refresh_token }
    expect((await post('refresh', ask, { dpop: await proofFor(thief, 'refresh') })).body).toEqual({
      error: 'invalid_dpop_proof',
    })
    expect((await post('refresh', ask, { dpop: await proofFor(client, 'refresh') })).status).toBe(200)
  })

  it('is of no use with a proof that was used', async () => {
    const { login, post, client } = await start()
    const { body } = await login()
    const dpop = await proofFor(client, 'refresh')
    const next = await post('refresh', { refresh_token: body.refresh_token }, { dpop })
    expect(next.status).toBe(200)
    const replayed = await post('refresh', { refresh_token: next.body.refresh_token }, { dpop })
    expect(replayed.body).toEqual({ error: 'invalid_dpop_proof' })
  })

  it.each<[string, object]>([
    ['made for another route', { htu: `${ISSUER}/auth/login-with-refresh` }],
    ['made for another server', { htu: 'https://evil.example/auth/refresh' }],
    ['made for another method', { htm: 'GET' }],
    ['without a name', { jti: undefined }],
  ])('is of no use with a proof %s', async (_what, claims) => {
    const { login, post, client } = await start()
    const { body } = await login()
    const dpop = await proofFor(client, 'refresh', claims)
    expect((await post('refresh', { refresh_token: body.refresh_token }, { dpop })).body).toEqual({
      error: 'invalid_dpop_proof',
    })
  })

  it('is of no use with a proof that is old', async () => {
    const { login, post, client, clock } = await start()
    const { body } = await login()
    const dpop = await proofFor(client, 'refresh')
    pass(clock, 2 * MINUTE)
    expect((await post('refresh', { refresh_token: body.refresh_token }, { dpop })).body).toEqual({
      error: 'invalid_dpop_proof',
    })
  })
})

describe('proofs', () => {
  it('can be demanded of everybody', async () => {
    const { post, login } = await start({ dpop: { required: true } })
    expect((await post('login-with-refresh', credentials)).body).toEqual({ error: 'invalid_dpop_proof' })
    expect((await login()).status).toBe(200)
  })

  it('must hold a nonce where that is asked for, which the client is told', async () => {
    const { post, client } = await start({ dpop: { nonce: true } })
    const first = await post('login-with-refresh', credentials, { dpop: await proofFor(client, 'login-with-refresh') })
    expect([first.status, first.body]).toEqual([400, { error: 'use_dpop_nonce' }])
    const nonce = first.headers.get('dpop-nonce')
    const dpop = await proofFor(client, 'login-with-refresh', { nonce })
    expect((await post('login-with-refresh', credentials, { dpop })).body['token_type']).toBe('DPoP')
  })

  it('mean nothing where they are not switched on', async () => {
    const { login } = await start({})
    expect((await login()).body['token_type']).toBe('Bearer')
  })

  it('need not be given by everybody: who gives none gets bearer tokens', async () => {
    const { post } = await start()
    const { body } = await post('login-with-refresh', credentials)
    expect(body['token_type']).toBe('Bearer')
    expect((await post('refresh', { refresh_token: body.refresh_token })).status).toBe(200)
  })
})
