import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { jwtAuth, type JwtAuth, type ResourceOptions } from '@sallyport/jwt-auth'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { metadataUrl } from '../src/resource/metadata.ts'
import { answered, testEnvironment, testIssuer } from './support/app.ts'

const audience = 'orders-api'
const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const issuer = 'https://id.example.com/'

function withResource(resource: ResourceOptions, more: object = {}): JwtAuth {
  return jwtAuth({ issuer, audience, resource, ...more, env: testEnvironment() }) as JwtAuth
}

async function documentOf(auth: JwtAuth, path = WELL_KNOWN): Promise<unknown> {
  const app = await express5Host.start({ use: [auth.metadata(), auth] })
  return (await app.fetch(path)).json()
}

describe('metadataUrl (RFC 9728, section 3.1)', () => {
  it.each([
    ['https://resource.example.com', `https://resource.example.com${WELL_KNOWN}`],
    ['https://resource.example.com/', `https://resource.example.com${WELL_KNOWN}`],
    ['https://resource.example.com/resource1', `https://resource.example.com${WELL_KNOWN}/resource1`],
    ['https://resource.example.com:8443/a/b', `https://resource.example.com:8443${WELL_KNOWN}/a/b`],
  ])('%s has its metadata at %s', (resource, url) => {
    expect(metadataUrl(resource)).toBe(url)
  })
})

describeHosts('the metadata of a resource (RFC 9728)', (host) => {
  it('are found from the challenge, without a token', async () => {
    const own = await testIssuer()
    const auth = jwtAuth({
      ...{ issuer: own.issuer, audience, dpop: true, mtls: true, query: 'access_token' },
      resource: { url: 'https://api.example.com/orders', scopes: ['orders:read'], name: 'Orders' },
      env: testEnvironment(),
    })
    const app = await host.start({ use: [auth.metadata(), auth] })
    const { status, challenge } = await answered(await app.fetch('/orders'))
    expect(status).toBe(401)
    const [, url] = /resource_metadata="([^"]+)"/.exec(challenge ?? '') ?? []
    expect(url).toBe(`https://api.example.com${WELL_KNOWN}/orders`)
    const response = await app.fetch(new URL(url!).pathname)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(await response.json()).toEqual({
      resource: 'https://api.example.com/orders',
      authorization_servers: [own.issuer],
      bearer_methods_supported: ['header', 'query'],
      scopes_supported: ['orders:read'],
      resource_name: 'Orders',
      tls_client_certificate_bound_access_tokens: true,
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
      dpop_bound_access_tokens_required: false,
    })
  })

  it('stand at one path, for GET and HEAD; all else passes on', async () => {
    const auth = withResource({ url: 'https://api.example.com' })
    const app = await host.start({ use: [auth.metadata(), auth] })
    const head = await app.fetch(WELL_KNOWN, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await app.fetch(`${WELL_KNOWN}?a=b`)).status).toBe(200)
    for (const path of [`${WELL_KNOWN}/`, `${WELL_KNOWN}/orders`, `/x${WELL_KNOWN}`, '/.well-known', '/orders']) {
      expect((await app.fetch(path)).status).toBe(401)
    }
    expect((await app.fetch(WELL_KNOWN, { method: 'POST' })).status).toBe(401)
  })
})

describe('the metadata', () => {
  it('tell the least where the least is given', async () => {
    expect(await documentOf(withResource({ url: 'https://api.example.com/' }))).toEqual({
      resource: 'https://api.example.com/',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    })
  })

  it('tell everything that is given', async () => {
    const resource = {
      url: 'https://api.example.com',
      authorizationServers: ['https://login.example.com'],
      documentation: 'https://docs.example.com/',
      policy: 'https://example.com/policy',
      termsOfService: 'https://example.com/terms',
    }
    expect(await documentOf(withResource(resource, { dpop: { required: true, algorithms: ['ES256'] } }))).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: ['https://login.example.com'],
      bearer_methods_supported: ['header'],
      resource_documentation: 'https://docs.example.com/',
      resource_policy_uri: 'https://example.com/policy',
      resource_tos_uri: 'https://example.com/terms',
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: true,
    })
  })

  it('follow the issuers that come and go, and leave out what is no URL', async () => {
    const auth = jwtAuth({
      issuers: [{ issuer: 'joe', audience, secret: randomBytes(32) }],
      resource: { url: 'https://api.example.com' },
      env: testEnvironment(),
    })
    expect(await documentOf(auth)).not.toHaveProperty('authorization_servers')
    auth.issuers.add({ issuer, audience })
    expect(await documentOf(auth)).toMatchObject({ authorization_servers: [issuer] })
    auth.issuers.remove(issuer)
    expect(await documentOf(auth)).not.toHaveProperty('authorization_servers')
  })

  it('cannot be mounted where there are none', () => {
    const auth = jwtAuth({ issuer, audience, env: testEnvironment() })
    expect(() => auth.metadata()).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
  })
})
