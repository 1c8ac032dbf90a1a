import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { environmentAt, guardedBy, type Guard } from './guarded.ts'
import { bytesOf, published } from './keys.ts'
import * as rfc7515 from './vectors/rfc7515.ts'
import * as rfc7520 from './vectors/rfc7520.ts'

/** A guard that has every key of the vectors, and knows joe. */
function guard(more: Partial<Guard> = {}): Guard {
  return {
    issuer: 'joe',
    audience: 'joes-api',
    acceptPlainJwt: true,
    jwks: published(rfc7515.rsaKey, rfc7515.p256Key, rfc7515.p521Key, rfc7520.rsaKey, rfc7520.p521Key),
    env: environmentAt(rfc7515.joesExpiry - 60),
    ...more,
  } as Guard
}

const withSecret = (key: string): Guard => guard({ jwks: undefined, secret: bytesOf(key) } as never)

describe('attack: a token without a signature', () => {
  it('RFC 7515 A.5, RFC 7519 6.1: unsecured', async () => {
    for (const one of [guard(), withSecret(rfc7515.hmacKey)]) {
      const ask = await guardedBy(one)
      expect(await ask(rfc7515.unsecured)).toMatchObject({ status: 401, said: 'ERR_JWT_ALGORITHM' })
    }
  })

  it('the same with somebody’s signature behind the last dot', async () => {
    const [, , signature] = rfc7515.rs256.split('.')
    const ask = await guardedBy(guard())
    expect(await ask(`${rfc7515.unsecured}${signature}`)).toMatchObject({ status: 401, said: 'ERR_JWT_ALGORITHM' })
  })

  it('`none` is no algorithm that an app can ask for', async () => {
    await expect(guardedBy(guard({ algorithms: ['none'] as never }))).rejects.toMatchObject({ code: 'ERR_OPTION' })
  })
})

describe('a JWS that is not in compact serialization is no token (RFC 6750 2.1, RFC 7519 3)', () => {
  it.each([
    ['RFC 7515 A.6, two signatures', rfc7515.generalJson],
    ['RFC 7515 A.7, flattened', rfc7515.flattenedJson],
    ['RFC 7520 4.5, detached content', rfc7520.detachedGeneralJson],
    ['RFC 7520 4.6, only `alg` is protected', rfc7520.partlyProtectedJson],
    ['RFC 7520 4.7, no header is protected', rfc7520.unprotectedJson],
    ['RFC 7520 4.8, three signatures', rfc7520.severalSignaturesJson],
  ])('%s', async (_section, json) => {
    for (const one of [guard({ cookie: 'token' }), { ...withSecret(rfc7520.hmacKey), cookie: 'token' }]) {
      const ask = await guardedBy(one)
      expect(await ask(json)).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
      // As printed, with white space, it is not even a credential.
      expect(await ask(json.replaceAll(',', ', '))).toMatchObject({ status: 400, said: 'ERR_JWT_REQUEST' })
      const inCookie = { cookie: `token=${encodeURIComponent(json)}` }
      expect(await ask.with(inCookie)).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
    }
  })

  it('RFC 7520 4.5 in compact form: the content is missing', async () => {
    const ask = await guardedBy(withSecret(rfc7520.hmacKey))
    expect(await ask(rfc7520.detached)).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
  })
})

describe('RFC 7515 Appendix E: what is critical and not understood must be refused', () => {
  it('the vector', async () => {
    const ask = await guardedBy(guard())
    expect(await ask(rfc7515.unknownCritical)).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
  })

  it.each([
    ['the vector’s own name', { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': true }],
    ['RFC 7797’s unencoded payload', { crit: ['b64'], b64: true }],
  ])('other similar input, signed by the trusted key: %s', async (_name, critical) => {
    const sign = (more: object): Promise<string> =>
      new SignJWT({ sub: 'joe' })
        .setIssuer('joe')
        .setAudience('joes-api')
        .setExpirationTime(rfc7515.joesExpiry)
        .setProtectedHeader({ alg: 'ES256', ...more })
        .sign(rfc7515.p256Key, { crit: { 'http://example.com/UNDEFINED': true } })
    const ask = await guardedBy(guard())
    expect(await ask(await sign({}))).toMatchObject({ status: 200, said: 'joe' })
    expect(await ask(await sign(critical))).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
  })
})
