import { describe, expect, it } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer } from './support/app.ts'
import { audience, background, MINUTE, scene } from './support/key-scene.ts'
import { makeKey } from './support/signing-key.ts'

describe('health', () => {
  it('starts to fetch, so that a probe does not wait for traffic that waits for the probe', async () => {
    const { issuer, auth } = await scene()
    expect(auth.health()).toEqual({ ready: false, issuers: [{ issuer: issuer.issuer, keys: 'pending', count: 0 }] })
    await background(issuer, 1)
    expect(auth.health()).toEqual({ ready: true, issuers: [{ issuer: issuer.issuer, keys: 'ready', count: 1 }] })
  })

  it('is always good of keys in the configuration', () => {
    const key = makeKey()
    const auth = jwtAuth({ issuer: 'x', audience, publicKey: key.pem, env: testEnvironment() })
    expect(auth.health()).toEqual({ ready: true, issuers: [{ issuer: 'x', keys: 'ready', count: 1 }] })
  })
})

describe('discovery', () => {
  it('finds the keys, and finds them again when they have moved', async () => {
    const clock = createTestClock()
    const issuer = await testIssuer({ clock })
    const { documents, origin, requests } = issuer.server
    const { ask } = await guarded(jwtAuth({ issuer: issuer.issuer, audience, env: testEnvironment({ clock }) }))
    const token = await issuer.token({ claims: { exp: clock.now() / 1000 + 86_400 } })
    expect((await ask(token)).status).toBe(200)
    documents.set('/moved', documents.get('/jwks')!)
    documents.set('/.well-known/openid-configuration', () => ({ issuer: issuer.issuer, jwks_uri: `${origin}/moved` }))
    clock.set(clock.now() + 60 * MINUTE)
    expect((await ask(token)).status).toBe(200)
    expect(requests.at(-1)).toBe('/moved')
  })

  it('gives 503 for metadata of another issuer', async () => {
    const issuer = await testIssuer()
    issuer.server.documents.set('/.well-known/openid-configuration', () => ({
      issuer: 'https://evil.example.com/',
      jwks_uri: issuer.jwksUri,
    }))
    const { ask } = await guarded(jwtAuth({ issuer: issuer.issuer, audience, env: testEnvironment() }))
    expect((await ask(await issuer.token())).status).toBe(503)
    expect(issuer.fetches).toBe(0)
  })

  it('reads RFC 8414 metadata where there is no other', async () => {
    const issuer = await testIssuer()
    const { documents } = issuer.server
    documents.set('/.well-known/oauth-authorization-server', documents.get('/.well-known/openid-configuration')!)
    documents.delete('/.well-known/openid-configuration')
    const { ask } = await guarded(jwtAuth({ issuer: issuer.issuer, audience, env: testEnvironment() }))
    expect((await ask(await issuer.token())).status).toBe(200)
  })
})
