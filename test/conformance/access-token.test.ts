import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { environmentAt, guardedBy, type Guard } from './guarded.ts'
import { published } from './keys.ts'
import { rsaKey } from './vectors/rfc7515.ts'
import { claims, header } from './vectors/rfc9068.ts'

/** RFC 9068 prints no key: the example is signed with the one of RFC 7515 A.2. */
const key = { ...rsaKey, kid: header.kid }

const sign = (members: object, more: object = {}): Promise<string> =>
  new SignJWT({ ...members }).setProtectedHeader({ ...header, ...more }).sign(key)

function guard(at: number, more: Partial<Guard> = {}): Guard {
  const { iss: issuer, aud: audience } = claims
  return { issuer, audience, jwks: published(key), env: environmentAt(at), ...more } as Guard
}

describe('the access token of RFC 9068, section 3', () => {
  it('is let in while it lasts', async () => {
    const token = await sign(claims)
    const first = await guardedBy(guard(claims.iat))
    expect(await first(token)).toMatchObject({ status: 200, said: claims.sub })
    const last = await guardedBy(guard(claims.exp - 1, { leeway: 0 }))
    expect(await last(token)).toMatchObject({ status: 200, said: claims.sub })
    const late = await guardedBy(guard(claims.exp, { leeway: 0 }))
    expect(await late(token)).toMatchObject({ status: 401, said: 'ERR_JWT_EXPIRED' })
  })

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])(
    'section 4: `typ` %s is its type',
    async (typ) => {
      const ask = await guardedBy(guard(claims.iat))
      expect(await ask(await sign(claims, { typ }))).toMatchObject({ status: 200 })
    },
  )

  it.each([
    'JWT',
    'at-jwt',
    'application/jwt',
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'application/application/at+jwt',
  ])('section 4: `typ` %s is none of it', async (typ) => {
    const ask = await guardedBy(guard(claims.iat))
    expect(await ask(await sign(claims, { typ }))).toMatchObject({ status: 401, said: 'ERR_JWT_TYPE' })
  })

  it.each(['exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])('section 2.2: `%s` is required', async (name) => {
    const { [name as 'exp']: _left, ...rest } = claims
    const ask = await guardedBy(guard(claims.iat))
    expect(await ask(await sign(rest))).toMatchObject({ status: 401, said: 'ERR_JWT_CLAIMS' })
  })

  it('sections 2.2 and 4: `iss` is required, and the exact one', async () => {
    const { iss, ...rest } = claims
    const ask = await guardedBy(guard(claims.iat))
    expect(await ask(await sign(rest))).toMatchObject({ status: 401, said: 'ERR_JWT_ISSUER' })
    const nearly = { ...claims, iss: iss.slice(0, -1) }
    expect(await ask(await sign(nearly))).toMatchObject({ status: 401, said: 'ERR_JWT_ISSUER' })
  })

  it('section 4: `aud` must name this resource server; one of several is enough', async () => {
    const ask = await guardedBy(guard(claims.iat))
    const several = { ...claims, aud: ['https://other.example.com/', claims.aud] }
    expect(await ask(await sign(several))).toMatchObject({ status: 200 })
    const another = { ...claims, aud: ['https://other.example.com/'] }
    expect(await ask(await sign(another))).toMatchObject({ status: 401, said: 'ERR_JWT_AUDIENCE' })
  })

  it('RFC 7515 4.1.4: the `kid` picks the key, and one that nobody published is none', async () => {
    const ask = await guardedBy(guard(claims.iat))
    expect(await ask(await sign(claims, { kid: 'RjEwOwOB' }))).toMatchObject({ status: 401, said: 'ERR_JWT_KEY' })
  })
})
