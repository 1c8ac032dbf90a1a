import type { Principal } from '@sallyport/core'
import { rbac, type Access, type PatternOf, type RbacOptions } from '@sallyport/rbac'
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
