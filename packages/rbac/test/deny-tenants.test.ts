import { rbac } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { decide, environment, principal, refusal } from './support.ts'

const who = (roles: string[], tenant?: string) => principal({ roles, ...(tenant !== undefined && { tenant }) })

describe('deny rules', () => {
  const access = () =>
    rbac({
      roles: {
        admin: ['*'],
        clerk: ['orders:*', 'data/*:read'],
        trainee: { inherits: ['clerk'], deny: ['orders:delete', 'orders:refund'] },
        intern: { inherits: ['trainee'], allow: ['orders:delete'] },
        suspended: { deny: ['*'] },
        local: { deny: ['data/us/*:*'] },
        reader: { allow: ['login', 'orders:read'], deny: ['*:delete'] },
      },
      env: environment(),
    })

  it.each<[string[], string[], string[]]>([
    [['trainee'], ['orders:read', 'orders:update'], ['orders:delete', 'orders:refund']],
    [['intern'], ['orders:read'], ['orders:delete', 'orders:refund']],
    [['admin', 'trainee'], ['orders:read', 'reports:delete'], ['orders:delete']],
    [['trainee', 'admin'], ['orders:read'], ['orders:delete']],
    [['admin', 'suspended'], [], ['orders:read', 'login', 'read']],
    [['clerk', 'local'], ['data/eu:read', 'data/us:read'], ['data/us/east:read']],
    [
      ['admin', 'reader'],
      ['orders:read', 'login', 'delete'],
      ['orders:delete', 'reports:delete'],
    ],
    [['stranger', 'admin'], ['orders:delete'], []],
  ])('win whichever role grants: %j may %j and not %j', (roles, granted, denied) => {
    const shop = access()
    expect(granted.filter((one) => decide(shop, who(roles), one))).toEqual(granted)
    expect(denied.filter((one) => decide(shop, who(roles), one))).toEqual([])
  })

  it('win over scopes and are not lifted by any', () => {
    const token = principal({ roles: ['trainee'], scopes: ['orders:delete', 'orders:read'] })
    expect(decide(access(), token, 'orders:delete')).toBe(false)
    expect(decide(access(), token, 'orders:read')).toBe(true)
  })

  it('of a role that grants nothing deny all the same', () => {
    const shop = rbac({ roles: { a: ['x:y'], b: { deny: ['x:y'] } }, env: environment() })
    expect([decide(shop, who(['a']), 'x:y'), decide(shop, who(['a', 'b']), 'x:y')]).toEqual([true, false])
  })

  it('with a condition deny on the objects for which it holds', () => {
    const shop = rbac({
      roles: {
        clerk: {
          allow: ['orders:update'],
          deny: [{ permission: 'orders:*', when: { eq: [{ object: 'state' }, 'closed'] } }],
        },
      },
      env: environment(),
    })
    const clerk = who(['clerk'])
    expect(shop.can(clerk, 'orders:update', { state: 'open' })).toBe(true)
    expect(shop.can(clerk, 'orders:update', { state: 'closed' })).toBe(false)
    expect(shop.can(clerk, 'orders:update')).toBe(false)
    expect(shop.explain(clerk, 'orders:update').decision).toBe('depends')
  })
})

describe('roles of tenants', () => {
  const access = () =>
    rbac({
      roles: {
        base: ['orders:read'],
        picker: { inherits: ['base'], allow: ['orders:pick'], tenants: ['acme', 'gamma'] },
        lead: { inherits: ['picker'], allow: ['orders:lead'], tenants: ['acme', 'beta'] },
        chief: { inherits: ['lead'], allow: ['orders:chief'] },
        banned: { deny: ['orders:*'], tenants: ['beta'] },
        none: { allow: ['orders:read'], tenants: [] },
      },
      env: environment(),
    })

  it.each<[string, string | undefined, string[]]>([
    ['picker', 'acme', ['orders:read', 'orders:pick']],
    ['picker', 'beta', []],
    ['picker', undefined, []],
    ['lead', 'acme', ['orders:read', 'orders:pick', 'orders:lead']],
    ['lead', 'beta', ['orders:lead']],
    ['lead', 'gamma', []],
    ['chief', 'beta', ['orders:lead', 'orders:chief']],
    ['chief', 'gamma', ['orders:chief']],
    ['chief', undefined, ['orders:chief']],
    ['base', undefined, ['orders:read']],
    ['none', 'acme', []],
  ])('%s for %s may %j', (role, tenant, granted) => {
    const shop = access()
    const all = ['orders:read', 'orders:pick', 'orders:lead', 'orders:chief']
    expect(all.filter((one) => decide(shop, who([role], tenant), one))).toEqual(granted)
  })

  it('deny for their tenants only', () => {
    const shop = access()
    expect(decide(shop, who(['base', 'banned'], 'acme'), 'orders:read')).toBe(true)
    expect(decide(shop, who(['base', 'banned'], 'beta'), 'orders:read')).toBe(false)
  })
})

describe('objects of tenants', () => {
  const access = () =>
    rbac({
      roles: {
        clerk: ['orders:*', 'reports:read', 'login', 'data/eu/x:read', 'data/eu:read'],
        support: [{ permission: 'orders:read', anyTenant: true }],
        owner: [{ permission: 'orders:update', when: { owner: 'ownerId' } }],
      },
      tenancy: { orders: 'tenantId', 'data/*': 'meta.tenant', 'data/eu/*': 'tenantId' },
      env: environment(),
    })
  const acme = { tenantId: 'acme', ownerId: 'u1' }
  const beta = { tenantId: 'beta', ownerId: 'u1' }

  it('are for callers of their tenant', () => {
    const shop = access()
    expect(shop.can(who(['clerk'], 'acme'), 'orders:read', acme)).toBe(true)
    expect(shop.can(who(['clerk'], 'acme'), 'orders:read', beta)).toBe(false)
    expect(shop.can(who(['clerk']), 'orders:read', acme)).toBe(false)
  })

  it('are so together with the rule’s own condition', () => {
    const shop = access()
    const ask = (object: object) => shop.can(who(['owner'], 'acme'), 'orders:update', object)
    expect([ask(acme), ask(beta), ask({ ...acme, ownerId: 'u2' })]).toEqual([true, false, false])
  })

  it('are seen across tenants by rules that say so', () => {
    const shop = access()
    expect(shop.can(who(['support'], 'acme'), 'orders:read', beta)).toBe(true)
    expect(shop.can(who(['support']), 'orders:read')).toBe(true)
    expect(shop.can(who(['clerk', 'support'], 'acme'), 'orders:update', beta)).toBe(false)
  })

  it('make every question without an object open', () => {
    const shop = access()
    expect(shop.can(who(['clerk'], 'acme'), 'orders:read')).toBe(false)
    expect(shop.explain(who(['clerk'], 'acme'), 'orders:read')).toMatchObject({
      decision: 'depends',
      reason: 'needs-object',
    })
    expect(shop.can(who(['clerk'], 'acme'), 'reports:read')).toBe(true)
    expect(shop.can(who(['clerk'], 'acme'), 'login')).toBe(true)
  })

  it('have their tenant where the narrowest entry says', () => {
    const shop = access()
    const clerk = who(['clerk'], 'acme')
    expect(shop.can(clerk, 'data/eu:read', { meta: { tenant: 'acme' } })).toBe(true)
    expect(shop.can(clerk, 'data/eu:read', acme)).toBe(false)
    expect(shop.can(clerk, 'data/eu/x:read', acme)).toBe(true)
  })

  it('are refused in a form that means nothing', () => {
    const make = (tenancy: unknown) => refusal(() => rbac({ roles: {}, tenancy: tenancy as never, env: environment() }))
    expect(make({ 'orders:read': 'tenantId' })).toContain(
      "option `tenancy` was 'orders:read'; accepted is resources such as",
    )
    expect(make({ orders: '' })).toContain('option `tenancy.orders` was')
    expect(make({ orders: { field: 'x' } })).toContain('option `tenancy.orders` was an object')
    expect(make(['orders'])).toContain('option `tenancy` was a list of 1')
  })
})
