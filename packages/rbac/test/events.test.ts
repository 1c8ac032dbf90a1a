import { onSecurityEvent } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { rbac } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, loggedIn, principal, refusal } from './support.ts'

const roles = {
  viewer: ['orders:read', 'login'],
  clerk: { inherits: ['viewer'], allow: [{ permission: 'orders:update', when: { owner: 'ownerId' } }] },
}

describeHosts('what the security event carries', (host) => {
  it('is all that the client is not told', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    using events = captureEvents(env)
    const app = await host.start({
      use: [loggedIn(env, { roles: ['viewer'] })],
      route: [access.require('orders:update')],
    })
    const response = await app.fetch('/orders')
    expect(response.status).toBe(403)
    expect(await response.text()).not.toMatch(/clerk|viewer|orders|role/)
    const [event] = events.of('authz.decided')
    expect(event).toMatchObject({ account: { subject: 'u1' }, request: { path: '/orders' } })
    expect(event!.detail).toEqual({
      granted: false,
      permissions: ['orders:update'],
      quantifier: 'all',
      roles: ['viewer'],
      missing: ['orders:update'],
      policy: access.version,
      decisions: [
        {
          permission: 'orders:update',
          resource: 'orders',
          action: 'update',
          granted: false,
          reason: 'no-role',
          rolesThatGrant: ['clerk'],
          why: 'orders:update denied: no role of [viewer] grants it',
        },
      ],
    })
  })

  it('holds the response to a check in the handler until it is recorded, and replaces it where that fails', async () => {
    const env = environment()
    const access = rbac({ roles, env })
    const order: string[] = []
    let broken = false
    onTestFinished(
      onSecurityEvent(
        (event) => {
          if (event.type !== 'authz.decided') return
          event.waitUntil(
            new Promise<void>((resolve, reject) => {
              setTimeout(() => {
                order.push('recorded')
                if (broken) reject(new Error('disk full'))
                else resolve()
              }, 5)
            }),
          )
        },
        { env },
      ),
    )
    const app = await host.start({
      use: [loggedIn(env, { roles: ['clerk'] })],
      route: [access.require('orders:update')],
      handler: ({ seen }) => {
        access.check(seen, 'orders:update', { ownerId: 'u1' })
        return { body: 'done' }
      },
    })
    expect(await (await app.fetch('/orders')).text()).toBe('done')
    expect(order).toEqual(['recorded'])
    broken = true
    const refused = await app.fetch('/orders')
    expect([refused.status, await refused.text()]).toEqual([503, expect.not.stringContaining('done')])
  })
})

describe('labels of metrics', () => {
  it('come with every decision: checks by role, permission and outcome, refusals by resource and action', () => {
    const env = environment()
    const access = rbac({ roles, env })
    const checks = new Map<string, number>()
    const unauthorized = new Map<string, number>()
    const count = (counters: Map<string, number>, ...labels: unknown[]): void => {
      const key = labels.join(' ')
      counters.set(key, (counters.get(key) ?? 0) + 1)
    }
    onTestFinished(
      onSecurityEvent(
        (event) => {
          if (event.type !== 'authz.decided') return
          for (const { role = 'none', permission, granted, resource, action } of event.detail.decisions ?? []) {
            count(checks, role, permission, granted)
            if (!granted) count(unauthorized, resource, action)
          }
        },
        { env },
      ),
    )
    const clerk = principal({ roles: ['clerk'] })
    const own = { ownerId: 'u1' }
    access.check(clerk, 'orders:update', own)
    access.check(clerk, 'orders:update', own)
    access.filter(clerk, 'orders:read')
    access.pick(clerk, 'login', own)
    for (const [permission, object] of [
      ['orders:update', { ownerId: 'u2' }],
      ['orders:delete', own],
      ['logout', own],
    ] as const) {
      refusal(() => access.check(clerk, permission, object))
    }
    access.filter(undefined, 'orders:read')
    access.can(clerk, 'orders:delete')
    expect(Object.fromEntries(checks)).toEqual({
      'clerk orders:update true': 2,
      'clerk orders:read true': 1,
      'clerk login true': 1,
      'clerk orders:update false': 1,
      'none orders:delete false': 1,
      'none logout false': 1,
      'none orders:read false': 1,
    })
    expect(Object.fromEntries(unauthorized)).toEqual({
      'orders update': 1,
      'orders delete': 1,
      ' logout': 1,
      'orders read': 1,
    })
  })

  it('say of a list that it was granted as far as each object is', () => {
    const env = environment()
    const access = rbac({ roles, env })
    using events = captureEvents(env)
    access.filter(principal({ roles: ['clerk'] }), 'orders:update')
    expect(events.of('authz.decided')[0]!.detail).toMatchObject({
      granted: true,
      missing: [],
      decisions: [{ granted: true, reason: 'needs-object', rule: 'roles.clerk.allow[0]' }],
    })
  })

  it('show no value of an object', () => {
    const env = environment()
    const access = rbac({ roles, env })
    using events = captureEvents(env)
    const object = { ownerId: 'OWNER-VALUE', note: 'NOTE-VALUE' }
    refusal(() => access.check(principal({ roles: ['clerk'] }), 'orders:update', object))
    expect(JSON.stringify(events.of('authz.decided').map(({ detail }) => detail))).not.toContain('VALUE')
  })
})
