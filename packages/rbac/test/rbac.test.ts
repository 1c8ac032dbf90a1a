import {
  compose,
  coreError,
  describeGate,
  identify,
  onSecurityEvent,
  reportOnly,
  type Environment,
  type Exchange,
  type Login,
  type Middleware,
  type SecurityEvent,
} from '@sallyport/core'
import { rbac } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, loggedIn, principal, refusal } from './support.ts'

const roles = {
  viewer: ['orders:read'],
  clerk: { inherits: ['viewer'], allow: ['orders:update', 'orders:create'] },
  admin: ['*'],
}
const session: Partial<Login> = { credential: { kind: 'session', ambient: true } }

function decisions(
  env: Environment,
  listener: (event: SecurityEvent<'authz.decided'>) => void = () => undefined,
): object[] {
  const seen: object[] = []
  onTestFinished(
    onSecurityEvent(
      (event) => {
        if (event.type !== 'authz.decided') return
        const { decisions: _, policy: __, ...detail } = event.detail
        seen.push({ ...detail, subject: event.account?.subject })
        listener(event)
      },
      { env },
    ),
  )
  return seen
}

describeHosts('access.require()', (host) => {
  const visit = async (
    env: Environment,
    login: Partial<Login> | undefined,
    ...route: Middleware[]
  ): Promise<Response> => {
    const app = await host.start({ use: login ? [loggedIn(env, login)] : [], route })
    return app.fetch('/orders')
  }

  it('lets pass whoever has the permission, also by inheritance and wildcard', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    for (const role of ['viewer', 'clerk', 'admin']) {
      const response = await visit(env, { roles: [role] }, access.require('orders:read'))
      expect([response.status, await response.text()]).toEqual([200, 'reached'])
    }
  })

  it('refuses with 403 whoever has not, and tells neither roles nor permissions', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    for (const login of [{ roles: ['viewer'] }, { roles: ['stranger'] }, {}]) {
      const response = await visit(env, { ...login, ...session }, access.require('orders:update'))
      expect(response.status).toBe(403)
      expect(response.headers.get('www-authenticate')).toBeNull()
      expect(await response.json()).toEqual({
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        code: 'ERR_RBAC_FORBIDDEN',
        detail: 'The caller is not permitted to do this',
      })
    }
  })

  it('refuses with 401 when nobody is known, with the challenges of the gates before it', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const app = await host.start({
      use: [
        identify(() => null, { env, challenge: 'Session realm="shop"' }),
        identify(() => null, { env, challenge: 'Bearer' }),
      ],
      route: [access.require('orders:read')],
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Session realm="shop", Bearer')
    expect(await response.json()).toMatchObject({ code: 'ERR_UNAUTHENTICATED' })
  })

  it('refuses with 401 when no gate before it could know anybody', async () => {
    const env = environment()
    const response = await visit(env, undefined, rbac({ roles, env }).require('orders:read'))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'ERR_UNAUTHENTICATED' })
  })

  it('demands all of several permissions, requireAny() one of them', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const status = async (role: string, gate: Middleware) => (await visit(env, { roles: [role] }, gate)).status
    expect(await status('viewer', access.require('orders:read', 'orders:update'))).toBe(403)
    expect(await status('viewer', access.require('orders:update', 'orders:read'))).toBe(403)
    expect(await status('clerk', access.require('orders:read', 'orders:update'))).toBe(200)
    expect(await status('viewer', access.requireAny('orders:update', 'orders:read'))).toBe(200)
    expect(await status('viewer', access.requireAny('orders:update', 'orders:delete'))).toBe(403)
    expect(await status('stranger', access.requireAny('orders:update', 'orders:read'))).toBe(403)
  })

  it('guards every method, HEAD and OPTIONS too', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const app = await host.start({
      use: [loggedIn(env, { roles: ['viewer'] })],
      route: [access.require('orders:delete')],
    })
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
      expect((await app.fetch('/orders', { method })).status, method).toBe(403)
    }
  })

  it('never lets a token do more than its scopes, whatever its owner may', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const token = { roles: ['admin'], scopes: ['orders:read'] }
    expect((await visit(env, token, access.require('orders:read'))).status).toBe(200)
    expect((await visit(env, token, access.require('orders:update'))).status).toBe(403)
    expect((await visit(env, token, access.require('orders:read', 'orders:update'))).status).toBe(403)
  })

  it('tells a client whose token is too narrow which scopes to ask for', async () => {
    const env = environment()
    const access = rbac({ roles, scopes: { 'orders.ro': ['orders:read'], api: ['orders:*'] }, env })
    const challenge = async (login: Partial<Login>, gate: Middleware) =>
      (await visit(env, login, gate)).headers.get('www-authenticate')
    const narrow = { roles: ['clerk'], scopes: ['openid'] }
    expect(await challenge(narrow, access.require('orders:read'))).toBe(
      'Bearer error="insufficient_scope", scope="orders.ro"',
    )
    expect(await challenge(narrow, access.require('orders:read', 'orders:update'))).toBe(
      'Bearer error="insufficient_scope", scope="orders.ro api"',
    )
    expect(await challenge(narrow, access.require('orders:create', 'orders:update'))).toBe(
      'Bearer error="insufficient_scope", scope="api"',
    )
    expect(await challenge(narrow, access.requireAny('reports:read', 'orders:update'))).toBe(
      'Bearer error="insufficient_scope", scope="api"',
    )
    expect(await challenge(narrow, access.requireAny('orders:read', 'orders:update'))).toBe(
      'Bearer error="insufficient_scope", scope="orders.ro"',
    )
    const literal = rbac({ roles, env })
    expect(
      await challenge({ ...narrow, scopes: ['orders:read'] }, literal.require('orders:read', 'orders:update')),
    ).toBe('Bearer error="insufficient_scope", scope="orders:read orders:update"')
  })

  it('asks for no scopes where they would not help', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const challenge = async (login: Partial<Login>) =>
      (await visit(env, login, access.require('orders:read', 'orders:update'))).headers.get('www-authenticate')
    expect(await challenge({ roles: ['viewer'], scopes: ['openid'] })).toBeNull()
    expect(await challenge({ roles: ['viewer'] })).toBeNull()
    expect(await challenge({ roles: ['clerk'], scopes: ['openid'], ...session })).toBeNull()
  })

  it('holds the request until a listener has recorded the decision, and refuses what cannot be recorded', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const order: string[] = []
    let broken = false
    decisions(env, (event) => {
      event.waitUntil(
        new Promise<void>((resolve, reject) => {
          setTimeout(() => {
            order.push('recorded')
            if (broken) reject(new Error('disk full'))
            else resolve()
          }, 5)
        }),
      )
    })
    const app = await host.start({
      use: [loggedIn(env, { roles: ['viewer'] })],
      route: [access.require('orders:read')],
      handler: () => {
        order.push('handled')
        return { body: 'reached' }
      },
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(order).toEqual(['recorded', 'handled'])
    expect((await visit(env, { roles: ['viewer'] }, access.require('orders:update'))).status).toBe(403)
    broken = true
    const refused = await app.fetch('/orders')
    expect(refused.status).toBe(503)
    expect(await refused.text()).not.toContain('disk full')
    expect((await visit(env, { roles: ['viewer'] }, access.require('orders:update'))).status).toBe(503)
    expect(order.filter((one) => one === 'handled')).toHaveLength(1)
  })

  it('works composed with the gate that knows the caller, and only reports where it is told to', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const door = compose(loggedIn(env, { roles: ['viewer'] }), access.require('orders:read'))
    expect((await visit(env, undefined, door)).status).toBe(200)
    const strict = compose(loggedIn(env, { roles: ['viewer'] }), access.require('orders:update'))
    expect((await visit(env, undefined, strict)).status).toBe(403)
    expect((await visit(env, { roles: ['viewer'] }, reportOnly(access.require('orders:update')))).status).toBe(200)
  })
})

describe('decisions on routes', () => {
  /** What the gate needs of a request. */
  const exchange = (env: Environment, login?: Parameters<typeof principal>[0]): Exchange =>
    ({
      ...{ environment: env, method: 'GET', path: '/orders', clientAddress: '127.0.0.1', challenges: [] },
      principal: login && principal(login),
    }) as unknown as Exchange

  const open = (gate: Middleware, request: Exchange): unknown => describeGate(gate)!.gate(request)

  it('are published, with what was missing', () => {
    const env = environment()
    const access = rbac({ roles, env })
    const seen = decisions(env)
    open(access.require('orders:read'), exchange(env, { roles: ['viewer'] }))
    refusal(() => open(access.require('orders:read', 'orders:update'), exchange(env, { roles: ['viewer'] })))
    open(access.requireAny('orders:update', 'orders:read'), exchange(env, { roles: ['viewer'] }))
    refusal(() => open(access.require('orders:read'), exchange(env)))
    expect(seen).toEqual([
      { granted: true, permissions: ['orders:read'], quantifier: 'all', roles: ['viewer'], missing: [], subject: 'u1' },
      {
        granted: false,
        permissions: ['orders:read', 'orders:update'],
        quantifier: 'all',
        roles: ['viewer'],
        missing: ['orders:update'],
        subject: 'u1',
      },
      {
        granted: true,
        permissions: ['orders:update', 'orders:read'],
        quantifier: 'any',
        roles: ['viewer'],
        missing: ['orders:update'],
        subject: 'u1',
      },
      {
        granted: false,
        permissions: ['orders:read'],
        quantifier: 'all',
        roles: [],
        missing: ['orders:read'],
        subject: undefined,
      },
    ])
  })

  it('are made synchronously, with and without listeners', () => {
    const env = environment()
    const gate = rbac({ roles, env }).require('orders:read')
    expect(open(gate, exchange(env, { roles: ['viewer'] }))).toBeUndefined()
    expect(refusal(() => open(gate, exchange(env, { roles: ['x'] })))).toContain('ERR_RBAC_FORBIDDEN')
    decisions(env)
    expect(open(gate, exchange(env, { roles: ['viewer'] }))).toBeUndefined()
    expect(refusal(() => open(gate, exchange(env)))).toContain('ERR_UNAUTHENTICATED')
  })

  it('are announced to whoever lists routes', () => {
    const access = rbac({ roles, env: environment() })
    expect(describeGate(access.require('orders:read', 'orders:update'))).toMatchObject({
      name: 'rbac',
      requires: { authentication: 'required', permissions: ['orders:read', 'orders:update'] },
    })
    expect(describeGate(access.requireAny('orders:read', 'orders:update'))!.requires).toEqual({
      authentication: 'required',
      anyPermissions: [['orders:read', 'orders:update']],
    })
  })
})

describe('the environment', () => {
  it('is offered `can`, for packages that ask', () => {
    const env = environment()
    rbac({ roles, env })
    const can = env.ports.ask('can')
    expect(can(principal({ roles: ['viewer'] }), 'orders:read')).toBe(true)
    expect(can(principal({ roles: ['viewer'] }), 'orders:update')).toBe(false)
  })

  it('with two policies answers nobody who asks for one', () => {
    const env = environment()
    const first = rbac({ roles, env })
    rbac({ roles: { viewer: ['*'] }, env })
    expect(refusal(() => env.ports.ask('can'))).toContain('ERR_PORT_AMBIGUOUS')
    expect(first.can(principal({ roles: ['viewer'] }), 'orders:update')).toBe(false)
  })

  it('that is closed is refused', async () => {
    const env = environment()
    await env.close()
    expect(refusal(() => rbac({ roles, env }))).toContain(coreError('ERR_ENVIRONMENT_CLOSED').code)
  })

  it('that is refused an option is offered nothing', () => {
    const env = environment()
    expect(refusal(() => rbac({ roles: { a: { inherits: ['b' as never] } }, env }))).toContain('ERR_OPTION')
    expect(env.ports.has('can')).toBe(false)
  })
})
