import { compose } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { bearing, startWorld, told } from './world.ts'

describeHosts('a token on the app and a permission on the route', (host) => {
  it('401 with a challenge without a token, 403 without the permission, 200 with it', async () => {
    const { guarded, token } = await startWorld()
    let reached = 0
    const app = await guarded(host, { handler: () => ({ body: `reached ${++reached}` }) })
    const nobody = await app.fetch('/orders')
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    expect(nobody.headers.get('content-type')).toContain('application/problem+json')
    expect(await told(nobody)).toEqual([401, 'ERR_JWT_MISSING'])
    expect(await told(await app.fetch('/orders', bearing(await token([]))))).toEqual([403, 'ERR_RBAC_FORBIDDEN'])
    expect(await told(await app.fetch('/orders', bearing(await token(['stranger']))))).toEqual([
      403,
      'ERR_RBAC_FORBIDDEN',
    ])
    expect(reached).toBe(0)
    expect(await told(await app.fetch('/orders', bearing(await token(['viewer']))))).toEqual([200, 'reached 1'])
    expect(await told(await app.fetch('/orders', bearing(await token(['clerk']))))).toEqual([200, 'reached 2'])
  })

  it('a token too narrow for what its owner may do is told the scope to ask for', async () => {
    const { guarded, token } = await startWorld()
    const app = await guarded(host)
    const narrow = await app.fetch('/orders', bearing(await token(['viewer'], { scope: 'openid' })))
    expect(narrow.status).toBe(403)
    expect(narrow.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="orders:read"')
    // No scope gives what no role grants, and nobody is told to ask for one.
    const stranger = await app.fetch('/orders', bearing(await token([], { scope: 'orders:read' })))
    expect(stranger.status).toBe(403)
    expect(stranger.headers.get('www-authenticate')).toBeNull()
    const wide = await app.fetch('/orders', bearing(await token(['viewer'], { scope: 'openid orders:read' })))
    expect(wide.status).toBe(200)
  })

  it('handlers find one and the same principal in all the ways there are', async () => {
    const { auth, access, guarded, token } = await startWorld()
    const app = await guarded(host, {
      handler: ({ seen, principal, exchange }) => ({
        body: {
          subject: auth.principalOf(seen).claims.sub,
          same: auth.principalOf(seen) === principal && exchange?.principal === principal,
          may: access.can(principal, 'orders:read'),
          mayCreate: access.can(principal, 'orders:create'),
        },
      }),
    })
    const response = await app.fetch('/orders', bearing(await token(['viewer'])))
    expect(await response.json()).toEqual({ subject: 'alice', same: true, may: true, mayCreate: false })
  })

  it('HEAD is answered as GET is, without a body; OPTIONS is no way around', async () => {
    const { guarded, token } = await startWorld()
    const app = await guarded(host)
    const good = bearing(await token(['viewer']))
    const bad = bearing(await token([]))
    for (const [method, init, status] of [
      ['HEAD', {}, 401],
      ['HEAD', bad, 403],
      ['HEAD', good, 200],
      ['OPTIONS', {}, 401],
      ['OPTIONS', bad, 403],
    ] as const) {
      const response = await app.fetch('/orders', { method, ...init })
      expect([method, response.status]).toEqual([method, status])
      if (method === 'HEAD') expect(await response.text()).toBe('')
      if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    }
  })

  it('both as one middleware on the route', async () => {
    const { auth, access, token } = await startWorld()
    const app = await host.start({ route: [compose(auth, access.require('orders:read'))] })
    expect(await told(await app.fetch('/orders'))).toEqual([401, 'ERR_JWT_MISSING'])
    expect(await told(await app.fetch('/orders', bearing(await token([]))))).toEqual([403, 'ERR_RBAC_FORBIDDEN'])
    expect(await told(await app.fetch('/orders', bearing(await token(['viewer']))))).toEqual([200, 'reached'])
  })

  it('the wrong order lets nobody in', async () => {
    const { auth, access, token } = await startWorld()
    const app = await host.start({ use: [access.require('orders:read')], route: [auth] })
    expect(await told(await app.fetch('/orders', bearing(await token(['clerk']))))).toEqual([
      401,
      'ERR_UNAUTHENTICATED',
    ])
  })
})

describeHosts('jwtAuth({ required: false })', (host) => {
  it('leaves routes public that demand no permission, and a bad token is refused there too', async () => {
    const { authWith, token } = await startWorld()
    const auth = authWith({ required: false })
    const app = await host.start({
      use: [auth],
      handler: ({ seen }) => ({ body: auth.principalOf(seen)?.subject ?? 'nobody' }),
    })
    expect(await told(await app.fetch('/orders'))).toEqual([200, 'nobody'])
    expect(await told(await app.fetch('/orders', bearing(await token([]))))).toEqual([200, 'alice'])
    expect(await told(await app.fetch('/orders', bearing(`${await token([])}x`)))).toEqual([401, 'ERR_JWT_MALFORMED'])
    expect(await told(await app.fetch('/orders', bearing(await token([], { aud: 'other' }))))).toEqual([
      401,
      'ERR_JWT_AUDIENCE',
    ])
  })

  it('a route that demands a permission answers nobody with 401 and the challenge of the token', async () => {
    const { authWith, guarded } = await startWorld()
    const app = await guarded(host, { use: [authWith({ required: false, realm: 'orders' })] })
    const response = await app.fetch('/orders')
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="orders"')
    expect(await told(response)).toEqual([401, 'ERR_UNAUTHENTICATED'])
  })
})
