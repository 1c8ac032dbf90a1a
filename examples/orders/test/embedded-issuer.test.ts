import { startEmbeddedIssuer, type EmbeddedIssuer } from '@sallyport/example-orders'
import { createLocalJWKSet, generateKeyPair, jwtVerify, type JSONWebKeySet } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

let issuer: EmbeddedIssuer
beforeEach(async () => {
  issuer = await startEmbeddedIssuer()
  onTestFinished(() => issuer.close())
})

describe('startEmbeddedIssuer', () => {
  it('mints access tokens that its published key checks', async () => {
    const token = await issuer.token({ subject: 'vera', roles: ['viewer'] })
    const { payload, protectedHeader } = await check(token)
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(payload).toMatchObject({ sub: 'vera', roles: ['viewer'] })
    expect(payload.exp! - payload.iat!).toBe(3600)
  })

  it('mints a token that has expired, one for somebody else, and a forgery', async () => {
    const vera = { subject: 'vera', roles: [] }
    const { privateKey } = await generateKeyPair('ES256')
    await expect(check(await issuer.token({ ...vera, lifetime: -60 }))).rejects.toThrow('"exp"')
    await expect(check(await issuer.token({ ...vera, audience: 'other' }))).rejects.toThrow('"aud"')
    await expect(check(await issuer.token({ ...vera, key: privateKey }))).rejects.toThrow('signature')
  })

  it('publishes no private key, and nothing else', async () => {
    expect(JSON.stringify(await publishedKeys())).not.toContain('"d"')
    expect((await fetch(`${issuer.issuer}/token`)).status).toBe(404)
  })
})

async function publishedKeys(): Promise<JSONWebKeySet> {
  return (await (await fetch(issuer.jwksUri)).json()) as JSONWebKeySet
}

async function check(token: string): ReturnType<typeof jwtVerify> {
  return jwtVerify(token, createLocalJWKSet(await publishedKeys()), {
    issuer: issuer.issuer,
    audience: issuer.audience,
  })
}
