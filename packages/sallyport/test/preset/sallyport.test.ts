import { createEnvironment, identify } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { totp } from '@sallyport/mfa-gate'
import { rbac } from '@sallyport/rbac'
import { sallyport } from 'sallyport'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { bearer, ended, folder, issuer } from './support.ts'

const roles = { viewer: ['orders:read'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } } as const

describeHosts('sallyport()', (host) => {
  it('guards with all parts at once, each in its place', async () => {
    const { issuer: iss, jwksUri, token } = await issuer()
    const guard = ended(
      sallyport({
        preset: 'api',
        cors: { origins: ['https://app.example.com'] },
        jwt: { issuer: iss, audience: 'orders-api', jwksUri },
        rbac: { roles },
        sessions: {},
        audit: { directory: folder(), origin: 'test.example.com/audit', compliance: ['soc2', 'hipaa'] },
        pii: { unmask: 'orders:create' },
      }),
    )
    const app = await host.start({
      use: [guard],
      route: [guard.access.require('orders:read')],
      handler: () => ({ body: { mail: 'ada@example.com', total: 5 } }),
    })

    const stranger = await app.fetch('/orders')
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate')).toContain('Bearer')
    expect(stranger.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(stranger.headers.get('ratelimit')).toMatch(/^"address";r=299/)

    const viewer = await app.fetch('/orders', { headers: bearer(await token({ claims: { roles: ['viewer'] } })) })
    expect(viewer.status).toBe(200)
    expect(viewer.headers.get('ratelimit')).toMatch(/"address";r=298;t=\d+, "principal";r=999/)
    expect(viewer.headers.get('strict-transport-security')).toContain('max-age')
    expect(await viewer.json()).toEqual({ mail: '[EMAIL]', total: 5 })

    const clerk = await app.fetch('/orders', { headers: bearer(await token({ claims: { roles: ['clerk'] } })) })
    expect(await clerk.json()).toEqual({ mail: 'ada@example.com', total: 5 })

    const nobody = await app.fetch('/orders', { headers: bearer(await token({ claims: { roles: [] } })) })
    expect(nobody.status).toBe(403)

    await guard.audit.flush()
    const { records } = await guard.audit.search({})
    expect(records.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['authn.accepted', 'authz.decided', 'gate.refused']),
    )
  })

  it('answers a preflight before it asks who is calling, and no other OPTIONS', async () => {
    const { issuer: iss, jwksUri } = await issuer()
    const guard = ended(
      sallyport({
        cors: { origins: ['https://app.example.com'], credentials: true },
        jwt: { issuer: iss, audience: 'orders-api', jwksUri },
      }),
    )
    const app = await host.start({ use: [guard], handler: () => ({ body: 'ok' }) })
    const preflight = (origin: string) =>
      app.fetch('/orders', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' },
      })
    const asked = await preflight('https://app.example.com')
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(asked.headers.get('access-control-allow-credentials')).toBe('true')
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization')
    expect(asked.headers.get('vary')).toContain('Origin')
    const foreign = await preflight('https://evil.example.com')
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    expect((await app.fetch('/orders', { method: 'OPTIONS' })).status).toBe(401)
    const refused = await app.fetch('/orders', { headers: { origin: 'https://app.example.com' } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
  })

  it('leaves out what is left out, and takes parts that the app has made', async () => {
    const { issuer: iss, jwksUri, token } = await issuer()
    const env = createEnvironment()
    const auth = jwtAuth({ issuer: iss, audience: 'orders-api', jwksUri, env })
    const access = rbac({ roles, env })
    const guard = ended(sallyport({ env, headers: false, limits: false, jwt: auth, rbac: access }))
    expect([guard.auth, guard.access, guard.env]).toEqual([auth, access, env])
    const app = await host.start({
      use: [guard],
      route: [guard.access.require('orders:read')],
      handler: () => ({ body: 'ok' }),
    })
    const response = await app.fetch('/orders', { headers: bearer(await token({ claims: { roles: ['viewer'] } })) })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-content-type-options')).toBeNull()
    expect(response.headers.get('ratelimit')).toBeNull()
  })

  it('refuses too many requests before they cost anything', async () => {
    const { issuer: iss, jwksUri, token } = await issuer()
    const guard = ended(
      sallyport({
        limits: { address: { limit: 3 }, principal: { limit: 1 } },
        jwt: { issuer: iss, audience: 'orders-api', jwksUri },
      }),
    )
    const app = await host.start({ use: [guard], handler: () => ({ body: 'ok' }) })
    const headers = bearer(await token())
    const statuses = []
    for (let i = 0; i < 2; i++) statuses.push((await app.fetch('/orders', { headers })).status)
    for (let i = 0; i < 2; i++) statuses.push((await app.fetch('/orders')).status)
    expect(statuses).toEqual([200, 429, 401, 429])
  })
})

describe('wrong options', () => {
  const login = identify(() => undefined)
  it.each([
    [{ jwt: { issuer: 'https://id.example.com/', audiance: 'x' } }, /jwtAuth: unknown option `audiance`/],
    [{ rbak: {} }, /sallyport: unknown option `rbak` \(did you mean `rbac`\?\)/],
    [{ preset: 'api' }, /option `jwt` .* for the preset 'api'/],
    [{ preset: 'enterprise', login }, /option `audit` .* for the preset 'enterprise'/],
    [{ preset: 'shop' }, /'api' or 'web' or 'enterprise'/],
    [{ headers: false, limits: false }, /every other part is left out/],
    [{ cors: { origins: '*', credentials: true } }, /`origins`/],
    [{ cors: { origins: ['app.example.com'] } }, /`origins`/],
    [{ env: createEnvironment(), trustedProxies: ['loopback'] }, /`trustedProxies` .* nothing beside `env`/],
    [{ audit: { directory: '/tmp/x', compliance: ['sox'], retention: { days: 365 } } }, /at least 2555, for sox/],
    [{ audit: { directory: '/tmp/x', compliance: ['soc3'] } }, /`compliance`/],
    [{ audit: {} }, /`directory`/],
    [{ mfa: { factors: [totp({ issuer: 'Shop' })] } }, /keyRing/],
    [{ login }, /another environment/],
  ])('%#: are refused', (options, why) => {
    expect(() => sallyport(options as never)).toThrow(why)
  })
})
