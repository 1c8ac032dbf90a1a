import { X509Certificate } from 'node:crypto'
import { exportJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import {
  certificateThumbprint,
  createDpopClient,
  makeTestKey,
  signWith,
  startTestIssuer,
  type ServerMode,
  type TestAlgorithm,
} from '@sallyport/jwt-auth/testing'
import { testIssuer } from './support/app.ts'
import { client as certificate } from '../../../test/hosts/certificates.ts'

describe('a test issuer', () => {
  it('publishes metadata and keys over HTTP, and signs with them', async () => {
    const issuer = await testIssuer()
    const metadata = (await (await fetch(`${issuer.issuer}.well-known/openid-configuration`)).json()) as object
    expect(metadata).toEqual({
      issuer: issuer.issuer,
      jwks_uri: issuer.jwksUri,
      introspection_endpoint: issuer.introspection.url,
    })
    const { keys } = (await (await fetch(issuer.jwksUri)).json()) as { keys: object[] }
    expect(keys).toEqual([issuer.signer.jwk])
    const { payload } = await jwtVerify(await issuer.token(), issuer.signer.publicKey, { issuer: issuer.issuer })
    expect(payload).toMatchObject({ sub: 'alice', aud: 'orders-api', client_id: 'spa' })
    expect([issuer.fetches, issuer.introspections]).toEqual([1, 0])
  })

  it('says in a token what it is told to, and leaves out what is undefined', async () => {
    const issuer = await testIssuer({ audience: 'billing' })
    const token = await issuer.token({ claims: { sub: 'bob', exp: undefined }, header: { typ: 'JWT', kid: undefined } })
    const { payload, protectedHeader } = await jwtVerify(token, issuer.signer.publicKey)
    expect(payload).toMatchObject({ sub: 'bob', aud: 'billing' })
    expect(payload).not.toHaveProperty('exp')
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'ES256' })
  })

  it('rotates and withdraws keys', async () => {
    const issuer = await testIssuer()
    const old = issuer.signer
    const next = issuer.rotate()
    expect(issuer.signer).toBe(next)
    const published = async (): Promise<unknown> =>
      ((await (await fetch(issuer.jwksUri)).json()) as { keys: unknown }).keys
    expect(await published()).toEqual([old.jwk, next.jwk])
    issuer.withdraw(old)
    expect(await published()).toEqual([next.jwk])
  })

  it('tells of opaque tokens who proves to be its client', async () => {
    const clock = createTestClock()
    const issuer = await testIssuer({ clock })
    const { url, clientId, clientSecret } = issuer.introspection
    const about = async (token: string, secret = clientSecret): Promise<unknown> => {
      const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ token }),
      })
      return response.ok ? response.json() : response.status
    }
    const token = issuer.opaqueToken({ scope: 'a' })
    expect(await about(token)).toMatchObject({ active: true, sub: 'alice', scope: 'a', token_type: 'Bearer' })
    expect(await about(token, 'wrong')).toBe(401)
    expect((await fetch(url)).status).toBe(405)
    clock.set(clock.now() + 600_000)
    expect(await about(token)).toEqual({ active: false })
    const other = issuer.opaqueToken()
    issuer.revoke(other)
    expect(await about(other)).toEqual({ active: false })
  })

  it.each<[ServerMode, string]>([
    ['down', '500'],
    ['garbage', 'no JSON'],
    ['html', 'text/html'],
    ['empty', 'no keys'],
    ['huge', 'huge'],
    ['redirect', '302'],
    ['reset', 'reset'],
    ['lying', 'other keys'],
  ])('can be %s', async (mode, seen) => {
    const issuer = await testIssuer()
    issuer.server.mode = mode
    const what = await fetch(issuer.jwksUri, { redirect: 'manual' }).then(
      async (response) => {
        if (!response.ok) return String(response.status)
        if (response.headers.get('content-type') !== 'application/json') return response.headers.get('content-type')
        const text = await response.text()
        if (text.length > 1_000_000) return 'huge'
        try {
          const { keys } = JSON.parse(text) as { keys: { kid: string; x: string }[] }
          if (keys.length === 0) return 'no keys'
          const [{ kid, x }] = keys as [{ kid: string; x: string }]
          return kid === issuer.signer.kid && x !== issuer.signer.jwk.x ? 'other keys' : 'the keys'
        } catch {
          return 'no JSON'
        }
      },
      () => 'reset',
    )
    expect(what).toBe(seen)
  })

  it('can be slow', async () => {
    const issuer = await testIssuer()
    issuer.server.delay = 60_000
    await expect(fetch(issuer.jwksUri, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout')
    issuer.server.delay = 0
    expect((await fetch(issuer.jwksUri)).status).toBe(200)
  })

  it('ends with the block that it was made in', async () => {
    let url = ''
    {
      await using issuer = await startTestIssuer()
      url = issuer.jwksUri
      expect((await fetch(url)).status).toBe(200)
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })
})

describe('keys', () => {
  it.each<TestAlgorithm>(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'of %s sign what others verify',
    async (alg) => {
      const key = makeTestKey(alg, 'k1')
      expect(await exportJWK(key.publicKey)).toMatchObject({ kty: key.jwk.kty! })
      const { payload, protectedHeader } = await jwtVerify(await signWith(key, { sub: 'alice' }), key.publicKey)
      expect([payload, protectedHeader]).toEqual([{ sub: 'alice' }, { typ: 'at+jwt', alg, kid: 'k1' }])
    },
  )
})

describe('a client with a key', () => {
  it('proves that it has it', async () => {
    const clock = createTestClock()
    const { key, jkt, proof, headers } = createDpopClient({ clock })
    expect(jkt).toMatch(/^[\w-]{43}$/)
    const text = await proof({ method: 'POST', url: 'https://a.test/b?c#d', token: 'token', nonce: 'n' })
    const { payload, protectedHeader } = await jwtVerify(text, key.publicKey, { currentDate: new Date(clock.now()) })
    expect(payload).toMatchObject({ htm: 'POST', htu: 'https://a.test/b', iat: clock.now() / 1000, nonce: 'n' })
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicKey.export({ format: 'jwk' }) })
    const sent = await headers({ url: 'https://a.test/b', token: 'token' })
    expect(sent.authorization).toBe('DPoP token')
    expect(sent.dpop).not.toBe(text)
  })
})

describe('certificateThumbprint', () => {
  it('is the SHA-256 of the certificate', () => {
    const { fingerprint256 } = new X509Certificate(certificate.cert)
    const hex = Buffer.from(certificateThumbprint(certificate.cert), 'base64url').toString('hex')
    expect(hex).toBe(fingerprint256.replaceAll(':', '').toLowerCase())
  })
})
