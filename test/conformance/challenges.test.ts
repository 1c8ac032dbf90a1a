import { rbac } from '@sallyport/rbac'
import { jwtAuth, jwtErrors } from '@sallyport/jwt-auth'
import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import type { Host } from '../hosts/host.ts'
import { environmentAt, guardedBy, type Ask } from './guarded.ts'
import { published } from './keys.ts'
import { rsaKey } from './vectors/rfc7515.ts'
import { claims, header } from './vectors/rfc9068.ts'

const key = { ...rsaKey, kid: header.kid }
const sign = (members: object): Promise<string> => new SignJWT({ ...members }).setProtectedHeader(header).sign(key)
const issuer = { issuer: claims.iss, audience: claims.aud, jwks: published(key) }

function guarded(host: Host, at: number = claims.iat, more: object = {}): Promise<Ask> {
  return guardedBy({ ...issuer, realm: 'example', env: environmentAt(at), ...more }, host)
}

/** Takes a challenge apart as RFC 9110, section 11.6.1 has it; fails where it is none, or names a parameter twice. */
function parametersOf(challenge: string | null): Record<string, string> {
  const [, list = ''] = /^Bearer (.+)$/.exec(challenge ?? '') ?? []
  const found: Record<string, string> = {}
  const rest = list.replaceAll(/([a-z_]+)="([^"\\]*)"(?:, (?=[a-z]))?/g, (_all, name: string, value: string) => {
    expect(found).not.toHaveProperty(name)
    found[name] = value
    return ''
  })
  expect(rest).toBe('')
  return found
}

describeHosts('RFC 6750, section 3: challenges', (host) => {
  it('the first example: a request without authentication gets the scheme and the realm, and no error', async () => {
    const ask = await guarded(host)
    const { status, challenge } = await ask.with({})
    expect(status).toBe(401)
    expect(challenge).toBe('Bearer realm="example"')
  })

  it('3.1: a scheme that is not supported is no attempt, and gets no error either', async () => {
    const ask = await guarded(host)
    const { status, challenge } = await ask.with({ authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' })
    expect(status).toBe(401)
    expect(challenge).toBe('Bearer realm="example"')
  })

  it('the second example: an expired token is `invalid_token`', async () => {
    const ask = await guarded(host, claims.exp + 3600)
    const { status, challenge } = await ask(await sign(claims))
    expect(status).toBe(401)
    expect(parametersOf(challenge)).toEqual({
      realm: 'example',
      error: 'invalid_token',
      error_description: jwtErrors.ERR_JWT_EXPIRED.title,
    })
  })

  it('2.1: the example’s token is no JWT, and `invalid_token`; the scheme’s name is heeded in any case', async () => {
    const ask = await guarded(host)
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const { status, challenge } = await ask.with({ authorization: `${scheme} mF_9.B5f-4.1JqM` })
      expect(status).toBe(401)
      expect(parametersOf(challenge)).toMatchObject({ realm: 'example', error: 'invalid_token' })
    }
    const good = await ask.with({ authorization: `bearer ${await sign(claims)}` })
    expect(good.status).toBe(200)
  })

  it('2.3: a token in the query is none, unless the app names the parameter; then the answer is not for shared caches', async () => {
    const path = `/orders?access_token=${await sign(claims)}`
    const ask = await guarded(host)
    expect(await ask.with({}, path)).toMatchObject({ status: 401, challenge: 'Bearer realm="example"' })
    const app = await host.start({
      use: [jwtAuth({ ...issuer, query: 'access_token', env: environmentAt(claims.iat) })],
    })
    const response = await app.fetch(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toContain('private')
  })

  it('2 and 3.1: more than one way to carry a token, or a malformed one, is `invalid_request`', async () => {
    const token = await sign(claims)
    const ask = await guarded(host, claims.iat, { query: 'access_token', cookie: 'token' })
    const authorization = `Bearer ${token}`
    for (const answered of [
      await ask.with({ authorization }, `/orders?access_token=${token}`),
      await ask.with({ authorization, cookie: `token=${token}` }),
      await ask.with({ cookie: `token=${token}` }, `/orders?access_token=${token}`),
      await ask.with({}, `/orders?access_token=${token}&access_token=${token}`),
      await ask.with({ authorization: 'Bearer' }),
      await ask.with({ authorization: `Bearer ${token} ${token}` }),
      await ask.with({ authorization: `Bearer ${token}, Bearer ${token}` }),
    ]) {
      expect(answered.status).toBe(400)
      expect(parametersOf(answered.challenge)).toMatchObject({ realm: 'example', error: 'invalid_request' })
    }
  })

  it('3.1: a token without the scope is `insufficient_scope`, with the scope that is needed', async () => {
    const env = environmentAt(claims.iat)
    const access = rbac({ roles: { clerk: ['orders:read'] }, env })
    const app = await host.start({ use: [jwtAuth({ ...issuer, env })], route: [access.require('orders:read')] })
    const token = await sign({ ...claims, roles: ['clerk'] })
    const response = await app.fetch('/orders', { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(403)
    expect(parametersOf(response.headers.get('www-authenticate'))).toEqual({
      error: 'insufficient_scope',
      scope: 'orders:read',
    })
  })
})

describeHosts('RFC 6750, section 3: characters', (host) => {
  it('every description is made of what `error_description` may hold', async () => {
    const ask = await guarded(host)
    const { challenge } = await ask('x')
    expect(parametersOf(challenge)['error_description']).toBe(jwtErrors.ERR_JWT_MALFORMED.title)
    const titles = Object.values(jwtErrors).map(({ title }) => title)
    expect(titles.filter((title) => !/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(title))).toEqual([])
  })
})
