import { createServer, request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { problemDetails } from '@sallyport/core'
import { jwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { testEnvironment, testIssuer } from './support/app.ts'
import type { TestIssuer } from './support/test-issuer.ts'

const audience = 'orders-api'

/** Asks with headers exactly as written, one line each, also twice. */
type Ask = (
  lines: readonly string[],
  target?: string,
) => Promise<{ status: number; code: string; cacheControl: string | undefined }>

async function server(issuer: TestIssuer, places: Partial<JwtAuthOptions> = {}): Promise<Ask> {
  const auth = jwtAuth({ issuer: issuer.issuer, audience, ...places, env: testEnvironment() } as JwtAuthOptions)
  const problems = problemDetails()
  const listening = createServer((req, res) => {
    auth(req, res, (err) => {
      if (err === undefined) res.end('{}')
      else problems(err, req, res, () => res.destroy())
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void listening.closeAllConnections())
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo

  return async (lines, target = '/') => {
    const sent = request({
      port,
      host: '127.0.0.1',
      path: target,
      agent: false,
      setHost: false,
      headers: ['host', 'x', ...lines],
    })
    sent.end()
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
    const body = JSON.parse((await response.toArray()).join('')) as { code?: string }
    return { status: response.statusCode!, code: body.code ?? '', cacheControl: response.headers['cache-control'] }
  }
}

describe('the Authorization header', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'BeArEr'])('knows the scheme as %s', async (scheme) => {
    const issuer = await testIssuer()
    const ask = await server(issuer)
    expect((await ask(['authorization', `${scheme} ${await issuer.token()}`])).status).toBe(200)
    expect((await ask(['authorization', `${scheme}   ${await issuer.token()}`])).status).toBe(200)
  })

  it.each(['Basic YTpi', 'Bearer-Token abc', 'Bearer2 abc', 'Bearer', ' ', 'Negotiate abc', 'Bear er abc'])(
    'takes %j for no good token',
    async (value) => {
      const ask = await server(await testIssuer())
      const { status } = await ask(['authorization', value])
      expect(status).toBe(value === 'Bearer' ? 400 : 401)
    },
  )

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer\ta', 'Bearer,a', 'Bearer="a"'])(
    'refuses %j as no request of RFC 6750',
    async (value) => {
      const ask = await server(await testIssuer())
      expect(await ask(['authorization', value])).toMatchObject({ status: 400, code: 'ERR_JWT_REQUEST' })
    },
  )

  it('refuses two lines, of which Node would keep the first', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer)
    const good = `Bearer ${await issuer.token()}`
    const twice = { status: 400, code: 'ERR_JWT_AMBIGUOUS' }
    expect(await ask(['authorization', good, 'authorization', good])).toMatchObject(twice)
    expect(await ask(['authorization', good, 'AUTHORIZATION', 'Basic YTpi'])).toMatchObject(twice)
    expect(await ask(['authorization', 'Basic YTpi', 'Authorization', good])).toMatchObject(twice)
  })
})

describe('the query', () => {
  it('is not looked at unless it is named', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer)
    expect((await ask([], `/?access_token=${await issuer.token()}`)).code).toBe('ERR_JWT_MISSING')
  })

  it('is taken by the name that was given, and kept out of shared caches', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer, { query: 'access_token' })
    const token = await issuer.token()
    expect(await ask([], `/?a=b&access_token=${token}`)).toMatchObject({
      status: 200,
      cacheControl: 'private, no-store',
    })
    expect((await ask([], `/?token=${token}`)).code).toBe('ERR_JWT_MISSING')
    expect((await ask([], '/?access_token=')).code).toBe('ERR_JWT_REQUEST')
    expect((await ask([], `/?access_token=${token}&access_token=${token}`)).code).toBe('ERR_JWT_AMBIGUOUS')
    expect((await ask([], `/?access_token=${token}&access%5Ftoken=x`)).code).toBe('ERR_JWT_AMBIGUOUS')
  })
})

describe('the cookie', () => {
  it('is not looked at unless it is named', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer)
    expect((await ask(['cookie', `token=${await issuer.token()}`])).code).toBe('ERR_JWT_MISSING')
  })

  it('may be empty after logout', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer, { cookie: 'token' })
    expect((await ask(['cookie', 'token='])).code).toBe('ERR_JWT_MISSING')
    expect((await ask(['cookie', 'token=', 'authorization', `Bearer ${await issuer.token()}`])).status).toBe(200)
  })

  it('may not come twice, as a neighbouring subdomain can make it', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer, { cookie: 'token' })
    const token = await issuer.token()
    expect((await ask(['cookie', `token=${token}`])).status).toBe(200)
    expect((await ask(['cookie', `token=${token}; token=${token}`])).code).toBe('ERR_JWT_AMBIGUOUS')
    expect((await ask(['cookie', `token=${token}`, 'cookie', `token=x`])).code).toBe('ERR_JWT_AMBIGUOUS')
  })
})

describe('several places', () => {
  it('may hold one token together', async () => {
    const issuer = await testIssuer()
    const ask = await server(issuer, { cookie: 'token', query: 'access_token' })
    const token = await issuer.token()
    const header = ['authorization', `Bearer ${token}`]
    const cookie = ['cookie', `token=${token}`]
    expect((await ask(['authorization', 'Basic YTpi', ...cookie])).status).toBe(200)
    for (const attempt of [
      ask([...header, ...cookie]),
      ask(header, `/?access_token=${token}`),
      ask(cookie, `/?access_token=${token}`),
    ]) {
      expect(await attempt).toMatchObject({ status: 400, code: 'ERR_JWT_AMBIGUOUS' })
    }
  })
})
