import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { describe, expect, it } from 'vitest'
import type { EnvironmentOptions } from '@sallyport/core'
import { jwtAuth, type CertificateFormat, type JwtAuth, type MtlsOptions } from '@sallyport/jwt-auth'
import { certificateThumbprint, createDpopClient, type TestIssuer } from '@sallyport/jwt-auth/testing'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { rawRequest } from '../../../../test/hosts/raw-request.ts'
import { answered, guarded, testEnvironment, testIssuer } from '../support/app.ts'
import { client, other } from '../../../../test/hosts/certificates.ts'
import { tlsApp } from '../support/tls-app.ts'

const audience = 'orders-api'
const cnf = { 'x5t#S256': certificateThumbprint(client.cert) }

async function scene(
  mtls: boolean | MtlsOptions = true,
  environment: EnvironmentOptions = {},
): Promise<{ issuer: TestIssuer; auth: JwtAuth; bound: string }> {
  const issuer = await testIssuer()
  const auth = jwtAuth({ issuer: issuer.issuer, audience, mtls, env: testEnvironment(environment) })
  return { issuer, auth, bound: await issuer.token({ claims: { cnf } }) }
}

describeHosts('a token that is bound to a certificate, over TLS', (host) => {
  it.each([undefined, 'TLSv1.2'] as const)('is let in with it, and with no other (at most %s)', async (version) => {
    const { auth, bound } = await scene()
    const ask = await tlsApp(auth, host, version)
    // The second one comes from the cache.
    for (let i = 0; i < 2; i++) {
      expect((await ask(bound, { client })).status).toBe(200)
      expect(await ask(bound, { client: other })).toMatchObject({ status: 401, code: 'ERR_JWT_BOUND' })
      expect(await ask(bound)).toMatchObject({ status: 401, code: 'ERR_JWT_BOUND' })
    }
  })

  it('leaves tokens that are bound to nothing alone', async () => {
    const { issuer, auth } = await scene()
    const ask = await tlsApp(auth, host)
    expect((await ask(await issuer.token())).status).toBe(200)
    expect((await ask(await issuer.token(), { client })).status).toBe(200)
  })
})

describe('a connection that resumes an earlier one', () => {
  it.each([undefined, 'TLSv1.2'] as const)('counts with the certificate of that one (at most %s)', async (version) => {
    const { auth, bound } = await scene()
    const ask = await tlsApp(auth, undefined, version)
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 })
    expect(await ask(bound, { client, agent })).toMatchObject({ status: 200, resumed: false })
    await expect.poll(() => ask(bound, { client, agent })).toMatchObject({ status: 200, resumed: true })
  })
})

describe('attack: a certificate in a header', () => {
  const header = 'client-cert'
  const forged = { [header]: `:${new X509Certificate(client.cert).raw.toString('base64')}:` }

  it('of a client itself is not read, over TLS or not', async () => {
    const { auth, bound } = await scene({ header }, { trustedProxies: ['192.0.2.1'] })
    const ask = await tlsApp(auth)
    expect((await ask(bound, { headers: forged })).code).toBe('ERR_JWT_BOUND')
    expect((await ask(bound, { headers: forged, client: other })).code).toBe('ERR_JWT_BOUND')
    expect((await ask(bound, { client })).status).toBe(200)
    const { ask: plain } = await guarded(auth)
    expect((await plain(bound, forged)).code).toBe('ERR_JWT_BOUND')
  })

  it('is not read at all where no header was named', async () => {
    const { auth, bound } = await scene(true, { trustedProxies: ['loopback'] })
    const { ask } = await guarded(auth)
    for (const name of ['client-cert', 'x-client-cert', 'x-forwarded-client-cert', 'x-ssl-cert']) {
      expect((await ask(bound, { [name]: forged[header]! })).code).toBe('ERR_JWT_BOUND')
    }
  })

  it('twice is believed neither time', async () => {
    const { auth, bound } = await scene({ header }, { trustedProxies: ['loopback'] })
    const { app } = await guarded(auth)
    const headers = ['host', 'a', 'authorization', `Bearer ${bound}`, header, forged[header]!, header, forged[header]!]
    expect((await rawRequest(app, { path: '/orders', headers })).status).toBe(401)
  })

  it('does not make the proxy’s own certificate one of a client’s', async () => {
    const { auth, bound } = await scene({ header }, { trustedProxies: ['loopback'] })
    const ask = await tlsApp(auth)
    expect((await ask(bound, { client })).code).toBe('ERR_JWT_BOUND')
    expect((await ask(bound, { client: other, headers: forged })).status).toBe(200)
  })
})

describe('mutual TLS, off', () => {
  it('leaves bound tokens refused, also with their certificate', async () => {
    const { auth, bound } = await scene(false)
    const ask = await tlsApp(auth)
    expect(await ask(bound, { client })).toMatchObject({ status: 401, code: 'ERR_JWT_BOUND' })
  })
})

describeHosts('a trusted proxy that tells of the certificate', (host) => {
  const der = new X509Certificate(client.cert).raw
  const hash = Buffer.from(cnf['x5t#S256'], 'base64url').toString('hex')

  it.each<[CertificateFormat, string, string]>([
    ['rfc9440', `:${der.toString('base64')}:`, `:${new X509Certificate(other.cert).raw.toString('base64')}:`],
    ['pem', encodeURIComponent(client.cert), encodeURIComponent(other.cert)],
    ['der', der.toString('base64'), 'AAAA'],
    ['xfcc', `By=a;Hash=${hash}`, `By=a;Hash=${hash.replace(/^./, (c) => (c === '0' ? '1' : '0'))}`],
  ])('is believed: %s', async (format, right, wrong) => {
    const { auth, bound } = await scene({ header: 'x-client-cert', format }, { trustedProxies: ['loopback'] })
    const app = await host.start({ use: [auth] })
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await answered(await app.fetch('/orders', { headers: { authorization: `Bearer ${bound}`, ...headers } }))).status
    expect(await ask({ 'x-client-cert': right })).toBe(200)
    expect(await ask({ 'x-client-cert': wrong })).toBe(401)
    expect(await ask({ 'x-client-cert': '' })).toBe(401)
    expect(await ask({})).toBe(401)
  })
})

describe('a token that is bound to a key and to a certificate', () => {
  it('needs both', async () => {
    const issuer = await testIssuer()
    const holder = createDpopClient()
    const options = { issuer: issuer.issuer, audience, mtls: { header: 'client-cert' }, dpop: true }
    const auth = jwtAuth({ ...options, env: testEnvironment({ trustedProxies: ['loopback'] }) })
    const { app } = await guarded(auth)
    const url = `${app.origin}/orders`
    const token = await issuer.token({ claims: { cnf: { ...cnf, jkt: holder.jkt } } })
    const certificate = { 'client-cert': `:${new X509Certificate(client.cert).raw.toString('base64')}:` }
    const ask = async (headers: object): Promise<string | undefined> => {
      const answer = await answered(await app.fetch('/orders', { headers: { ...headers } }))
      return answer.status === 200 ? 'ok' : answer.code
    }
    expect(await ask({ ...(await holder.headers({ url, token })), ...certificate })).toBe('ok')
    expect(await ask(await holder.headers({ url, token }))).toBe('ERR_JWT_BOUND')
    expect(await ask({ authorization: `Bearer ${token}`, ...certificate })).toBe('ERR_JWT_BOUND')
    expect(await ask({ authorization: `DPoP ${token}`, ...certificate })).toBe('ERR_JWT_PROOF')
  })
})
