import type { Middleware, Principal } from '@sallyport/core'
import {
  rbac,
  type Access,
  type ListFilter,
  type PatternOf,
  type PolicyDocument,
  type RbacOptions,
} from '@sallyport/rbac'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { environment, principal } from './support.ts'

type Names = 'orders:read' | 'orders:write' | 'reports:read' | 'login'

const typed = () =>
  rbac({
    permissions: ['orders:read', 'orders:write', 'reports:read', 'login'] as const,
    roles: {
      viewer: ['orders:read', '*:read'],
      clerk: { inherits: ['viewer'], allow: ['orders:*', 'login'] },
      admin: ['*'],
    },
    scopes: { api: ['*'], 'orders.readonly': ['orders:read'] },
    env: environment(),
  })

describe('types with a catalogue', () => {
  it('knows the names of the catalogue, also without `as const`', () => {
    expectTypeOf(typed()).toEqualTypeOf<Access<Names>>()
    const access = rbac({ permissions: ['orders:read'], roles: { viewer: ['orders:read'] }, env: environment() })
    expectTypeOf(access).toEqualTypeOf<Access<'orders:read'>>()
  })

  it('derives the wildcards that the catalogue allows', () => {
    expectTypeOf<PatternOf<'orders:read' | 'login'>>().toEqualTypeOf<
      'orders:read' | 'login' | 'orders:*' | '*:read' | '*:*' | '*'
    >()
    expectTypeOf<PatternOf<'login'>>().toEqualTypeOf<'login' | '*'>()
    expectTypeOf<PatternOf<string>>().toEqualTypeOf<string>()
    expectTypeOf<PatternOf<'data/eu/west:read'>>().toEqualTypeOf<
      | 'data/eu/west:read'
      | 'data/eu/west:*'
      | 'data/eu/*:read'
      | 'data/eu/*:*'
      | 'data/*:read'
      | 'data/*:*'
      | '*:read'
      | '*:*'
      | '*'
    >()
    expectTypeOf<PatternOf<'admin/keys'>>().toEqualTypeOf<'admin/keys' | 'admin/*' | '*'>()
  })

  it('does not compile a misspelt permission in a role, and refuses it at run time too', () => {
    expect(() =>
      rbac({
        permissions: ['orders:read'] as const,
        roles: {
          // @ts-expect-error not in the catalogue
          viewer: ['orders:raed'],
        },
        env: environment(),
      }),
    ).toThrow(/orders:raed/)
    expect(() =>
      rbac({
        permissions: ['orders:read'] as const,
        roles: {
          // @ts-expect-error not in the catalogue
          viewer: { allow: ['order:*'] },
        },
        env: environment(),
      }),
    ).toThrow(/order:\*/)
  })

  it('does not compile a misspelt role in `inherits`', () => {
    expect(() =>
      rbac({
        roles: {
          viewer: ['orders:read'],
          // @ts-expect-error no such role
          clerk: { inherits: ['viewr'] },
        },
        env: environment(),
      }),
    ).toThrow(/viewr/)
  })

  it('does not compile a misspelt permission in the map of scopes', () => {
    expect(() =>
      rbac({
        permissions: ['orders:read'] as const,
        roles: {},
        scopes: {
          // @ts-expect-error not in the catalogue
          api: ['orders:raed'],
        },
        env: environment(),
      }),
    ).toThrow(/orders:raed/)
  })

  it('does not compile a misspelt permission in a question or on a route', () => {
    const access = typed()
    const admin = principal({ roles: ['admin'] })
    expect(access.can(admin, 'orders:read')).toBe(true)
    // @ts-expect-error not in the catalogue
    expect(access.can(admin, 'orders:raed')).toBe(false)
    // @ts-expect-error a wildcard is no permission to ask for
    expect(access.can(admin, 'orders:*')).toBe(false)
    // @ts-expect-error not in the catalogue
    expect(access.compile(admin).can('orders:raed')).toBe(false)
    // @ts-expect-error not in the catalogue
    expect(() => access.require('orders:raed')).toThrow(/orders:raed/)
    // @ts-expect-error the second one is not in the catalogue
    expect(() => access.requireAny('orders:read', 'reports:raed')).toThrow(/reports:raed/)
    // @ts-expect-error at least one
    expect(() => access.require()).toThrow(/at least one/)
  })
})

describe('types of rules with a catalogue', () => {
  const make = () =>
    rbac({
      permissions: ['orders:read', 'orders:update', 'data/eu:read', 'login'] as const,
      roles: {
        viewer: ['data/*:read', { permission: 'orders:read', fields: ['id'] }],
        clerk: {
          inherits: ['viewer'],
          allow: [
            { permission: ['orders:update', 'orders:*'], when: { owner: 'ownerId' } },
            { permission: 'orders:read', when: (order: { ownerId: string }, who) => order.ownerId === who.subject },
          ],
          deny: ['login', { permission: '*:read', when: { eq: [{ object: 'secret' }, true] } }],
          tenants: ['acme'],
        },
      },
      tenancy: { orders: 'tenantId' },
      env: environment(),
    })

  it('does not compile a misspelt permission in a rule, in `deny` or in a list', () => {
    const permissions = ['orders:read'] as const
    const env = environment()
    expect(() =>
      rbac({
        permissions,
        // @ts-expect-error not in the catalogue
        roles: { viewer: [{ permission: 'orders:raed', when: { owner: 'o' } }] },
        env,
      }),
    ).toThrow(/orders:raed/)
    expect(() =>
      rbac({
        permissions,
        // @ts-expect-error not in the catalogue
        roles: { viewer: { deny: ['orders:raed'] } },
        env,
      }),
    ).toThrow(/orders:raed/)
    expect(() =>
      rbac({
        permissions,
        // @ts-expect-error not in the catalogue
        roles: { viewer: { allow: [{ permission: ['orders:read', 'order:*'] }] } },
        env,
      }),
    ).toThrow(/order:\*/)
  })

  it('does not compile a condition that means nothing', () => {
    const env = environment()
    expect(() =>
      // @ts-expect-error no such operator
      rbac({ roles: { a: [{ permission: 'x:y', when: { equals: [{ object: 'a' }, 1] } }] }, env }),
    ).toThrow(/equals/)
    expect(() =>
      // @ts-expect-error no such part of the principal
      rbac({ roles: { a: [{ permission: 'x:y', when: { eq: [{ principal: 'name' }, 1] } }] }, env }),
    ).toThrow(/name/)
    // @ts-expect-error a promise is no answer
    rbac({ roles: { a: [{ permission: 'x:y', when: async () => true }] }, env })
  })

  it('does not compile a misspelt permission in `check`, `filter`, `pick`, `strip`, `explain` or `load`', () => {
    const access = make()
    const who = principal({ roles: ['viewer'] })
    const order = { id: 1, total: 2 }
    // @ts-expect-error not in the catalogue
    expect(() => access.check(who, 'orders:raed', order)).toThrow(/not permitted/)
    // @ts-expect-error not in the catalogue
    expect(access.filter(who, 'orders:raed').condition).toEqual({ op: 'never' })
    // @ts-expect-error not in the catalogue
    expect(() => access.pick(who, 'orders:raed', order)).toThrow(/not permitted/)
    // @ts-expect-error not in the catalogue
    expect(() => access.strip(who, 'orders:raed', order)).toThrow(/not permitted/)
    // @ts-expect-error not in the catalogue
    expect(access.explain(who, 'orders:raed').reason).toBe('unknown-permission')
    // @ts-expect-error not in the catalogue
    expect(access.can(who, 'orders:raed', order)).toBe(false)
    // @ts-expect-error not in the catalogue
    expect(() => access.require('orders:raed', { load: () => order })).toThrow(/orders:raed/)
    // @ts-expect-error one is not in the catalogue
    expect(() => access.require(['orders:read', 'orders:raed'], { load: () => order })).toThrow(/orders:raed/)
  })

  it('hands objects on as what they are', () => {
    const access = make()
    interface Order {
      readonly id: number
      readonly total: number
    }
    const find = (id: string): Promise<Order | undefined> =>
      Promise.resolve(id === '1' ? { id: 1, total: 2 } : undefined)
    const gate = access.require('orders:read', {
      load: (req: { params: Record<string, string> }) => find(req.params['id'] ?? ''),
    })
    expectTypeOf(gate).toExtend<Middleware>()
    expectTypeOf(gate.objectOf).toEqualTypeOf<(seen: object) => Order>()
    const loaded = access.load(async (ctx: { params: { id: string } }) => (await find(ctx.params.id)) ?? null)
    expectTypeOf(loaded.objectOf).returns.toEqualTypeOf<Order>()
    const order: Order = { id: 1, total: 2 }
    const boss = rbac({ roles: { boss: ['*'] }, env: environment() })
    const who = principal({ roles: ['boss'] })
    expectTypeOf(boss.check(who, 'a', order)).toEqualTypeOf<Order>()
    expectTypeOf(boss.pick(who, 'a', order)).toEqualTypeOf<Partial<Order>>()
    expectTypeOf(boss.pick(who, 'a', [order])).toEqualTypeOf<Partial<Order>[]>()
    expectTypeOf(boss.strip(who, 'a', order)).toEqualTypeOf<Partial<Order>>()
    expectTypeOf(boss.filter(who, 'a')).toEqualTypeOf<ListFilter>()
    // @ts-expect-error an id is no object
    boss.check(who, 'a', '1')
    // @ts-expect-error a loader gives objects
    access.load(() => 'id')
  })

  it('keeps the names of a catalogue whose policy stands elsewhere', () => {
    const policy: PolicyDocument = { roles: { viewer: ['orders:read'] } }
    const access = rbac({ permissions: ['orders:read', 'login'] as const, policy, env: environment() })
    expectTypeOf(access).toEqualTypeOf<Access<'orders:read' | 'login'>>()
    expectTypeOf(rbac({ policy, env: environment() })).toEqualTypeOf<Access>()
    expect(() =>
      // @ts-expect-error either the policy, or where it stands
      rbac({ policy, roles: {}, env: environment() }),
    ).toThrow(/nothing beside `policy`/)
  })
})

describe('types without a catalogue', () => {
  it('takes any string', () => {
    const access = rbac({ roles: { viewer: ['orders:read'] }, env: environment() })
    expectTypeOf(access).toEqualTypeOf<Access>()
    expect(access.can(principal({ roles: ['viewer'] }), 'anything:else')).toBe(false)
  })

  it('takes a policy that was read at run time', () => {
    const roles: Record<string, string[]> = JSON.parse('{"viewer":["orders:read"]}')
    const permissions: string[] = ['orders:read']
    const access = rbac({ permissions, roles, env: environment() })
    expectTypeOf(access).toEqualTypeOf<Access>()
    expect(access.can(principal({ roles: ['viewer'] }), 'orders:read')).toBe(true)
  })

  it('takes roles that were declared apart, where the compiler knows no single names', () => {
    const roles = { viewer: ['orders:read'], clerk: { inherits: ['viewer'], allow: ['orders:write'] } }
    const options: RbacOptions = { roles, env: environment() }
    expect(rbac({ roles, env: environment() }).can(principal({ roles: ['clerk'] }), 'orders:read')).toBe(true)
    expect(rbac(options).can(principal({ roles: ['clerk'] }), 'orders:read')).toBe(true)
  })

  it('takes nobody for an answer', () => {
    expectTypeOf<Access['can']>().parameter(0).toEqualTypeOf<Principal | undefined>()
  })
})
