import { rbac } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { environment, refusal } from './support.ts'

const make = (options: unknown) => refusal(() => rbac(options as never))

describe('options of rbac()', () => {
  it.each([
    ['no options', undefined, 'rbac: options must be an object'],
    ['no roles', {}, 'option `roles` was undefined; accepted is a plain object of roles by name'],
    ['an unknown option', { roles: {}, permisions: [] }, 'unknown option `permisions` (did you mean `permissions`?)'],
    ['roles in a list', { roles: ['admin'] }, 'option `roles` was a list of 1'],
    ['roles in a Map', { roles: new Map() }, 'option `roles` was an object with no members'],
    [
      'a role that is no list',
      { roles: { viewer: 'orders:read' } },
      "option `roles.viewer` was 'orders:read'; accepted is a list of",
    ],
    ['a role that is nothing', { roles: { viewer: null } }, 'option `roles.viewer` was null'],
    ['a role without a name', { roles: { '': [] } }, "option `roles` was ''; accepted is names that are not empty"],
    [
      'an unknown member of a role',
      { roles: { clerk: { inherit: ['viewer'] } } },
      'rbac: roles.clerk: unknown option `inherit` (did you mean `inherits`?)',
    ],
    [
      'one role instead of a list',
      { roles: { a: [], b: { inherits: 'a' } } },
      "option `inherits` was 'a'; accepted is a list of names",
    ],
    [
      'a malformed permission',
      { roles: { viewer: ['orders:'] } },
      "option `roles.viewer[0]` was 'orders:'; accepted is a permission such as",
    ],
    [
      'half a wildcard',
      { roles: { viewer: { allow: ['ok', 'orders:re*'] } } },
      "option `roles.viewer.allow[1]` was 'orders:re*'",
    ],
    ['a number for a permission', { roles: { viewer: [7] } }, 'option `roles.viewer` was a list of 1 (first: 7)'],
    [
      'a permission that the catalogue has not',
      { permissions: ['orders:read'], roles: { viewer: ['orders:raed'] } },
      "option `roles.viewer[0]` was 'orders:raed'; accepted is what the catalogue `permissions` holds (did you mean 'orders:read'?)",
    ],
    [
      'a wildcard that stands for nothing in the catalogue',
      { permissions: ['orders:read'], roles: { viewer: ['order:*'] } },
      "was 'order:*'; accepted is what the catalogue `permissions` holds (did you mean 'orders:*'?)",
    ],
    [
      'a catalogue that is no list',
      { permissions: 'orders:read', roles: {} },
      "option `permissions` was 'orders:read'; accepted is a list",
    ],
    ['a wildcard in the catalogue', { permissions: ['orders:*'], roles: {} }, 'option `permissions` was a list of 1'],
    ['an unknown role', { roles: { viewer: [], clerk: { inherits: ['Viewer'] } } }, "(did you mean 'viewer'?)"],
    [
      'a cycle',
      { roles: { a: { inherits: ['b'] }, b: { inherits: ['a'] } } },
      'inheritance without a cycle (a > b > a)',
    ],
    [
      'another word for scopes',
      { roles: {}, scopes: 'ignored' },
      "option `scopes` was 'ignored'; accepted is 'limit', 'ignore' or",
    ],
    ['scopes switched off by a boolean', { roles: {}, scopes: false }, 'option `scopes` was false'],
    [
      'a malformed scope',
      { roles: {}, scopes: { 'a b': ['*'] } },
      "option `scopes` was 'a b'; accepted is scopes as RFC 6749 has them",
    ],
    [
      'a scope mapped to no list',
      { roles: {}, scopes: { api: '*' } },
      "option `scopes.api` was '*'; accepted is a list of permissions",
    ],
    [
      'a scope mapped to a malformed permission',
      { roles: {}, scopes: { api: ['a:b:c'] } },
      "option `scopes.api[0]` was 'a:b:c'",
    ],
    [
      'a scope mapped beyond the catalogue',
      { permissions: ['read'], roles: {}, scopes: { api: ['reads'] } },
      "option `scopes.api[0]` was 'reads'; accepted is what the catalogue `permissions` holds (did you mean 'read'?)",
    ],
    ['an environment that is none', { roles: {}, env: {} }, 'option `env` was an object with no members'],
    ['services in a list', { roles: {}, services: ['lake'] }, 'option `services` was a list of 1'],
    ['tenancy in a text', { roles: {}, tenancy: 'tenantId' }, "option `tenancy` was 'tenantId'"],
    [
      'a service that is no function',
      { roles: {}, serviceOf: 'lake' },
      "option `serviceOf` was 'lake'; accepted is a function",
    ],
    [
      'a policy that is a path',
      { policy: 'policy.yaml' },
      "option `policy` was 'policy.yaml'; accepted is a policy, or a source such as yamlFile(path)",
    ],
    [
      'a policy beside roles',
      { policy: { roles: {} }, roles: {} },
      'option `roles` was an object with no members; accepted is nothing beside `policy`',
    ],
    [
      'a policy beside scopes',
      { policy: { roles: {} }, scopes: 'ignore' },
      "option `scopes` was 'ignore'; accepted is nothing beside `policy`",
    ],
    [
      'a policy beside its own catalogue',
      { policy: { permissions: ['a'], roles: {} }, permissions: ['a'] },
      'rbac: policy: option `permissions` was a list of 1',
    ],
    ['an environment in a policy', { policy: { roles: {}, env: {} } }, 'rbac: policy: unknown option `env`'],
    [
      'a rule that is a number',
      { roles: { viewer: [{ permission: 7 }] } },
      'option `roles.viewer[0].permission` was 7',
    ],
    [
      'a rule without permission',
      { roles: { viewer: [{ when: { owner: 'o' } }] } },
      'option `roles.viewer[0].permission` was undefined',
    ],
    [
      'a misspelt member of a rule',
      { roles: { viewer: { deny: [{ permision: 'a' }] } } },
      'rbac: roles.viewer.deny[0]: unknown option `permision` (did you mean `permission`?)',
    ],
    [
      'one of several permissions that is malformed',
      { roles: { viewer: [{ permission: ['a', 'b:'] }] } },
      "option `roles.viewer[0].permission[1]` was 'b:'",
    ],
    [
      'a tenant that is no list',
      { roles: { viewer: { tenants: 'acme' } } },
      "option `tenants` was 'acme'; accepted is a list of names of tenants",
    ],
    [
      'any tenant in a word',
      { roles: { viewer: [{ permission: 'a:b', anyTenant: 'yes' }] } },
      "option `anyTenant` was 'yes'; accepted is true or false",
    ],
  ])('refuses %s', (_, options, message) => {
    const given = make(options)
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })

  it('takes a policy that grants nothing to anybody', () => {
    expect(make({ roles: {}, env: environment() })).toBe('accepted')
    expect(make({ permissions: [], roles: { nobody: [] }, scopes: {}, env: environment() })).toBe('accepted')
  })

  it('takes roles from an object without prototype', () => {
    expect(make({ roles: Object.assign(Object.create(null), { viewer: ['read'] }), env: environment() })).toBe(
      'accepted',
    )
  })
})

describe('permissions of access.require()', () => {
  const typed = () => rbac({ permissions: ['orders:read', 'orders:write'], roles: {}, env: environment() })
  const open = () => rbac({ roles: {}, env: environment() })

  it.each([
    ['none at all', open, [], 'access.require: name at least one permission'],
    [
      'a wildcard',
      open,
      ['orders:*'],
      "access.require: option `permissions[0]` was 'orders:*'; accepted is a permission such as",
    ],
    ['a malformed one', open, ['orders:read', 'a:b:c'], "access.require: option `permissions[1]` was 'a:b:c'"],
    ['a list in place of names', open, [['orders:read']], 'access.require: option `permissions[0]` was a list of 1'],
    [
      'one that the catalogue has not',
      typed,
      ['orders:wirte'],
      "was 'orders:wirte'; accepted is what the catalogue `permissions` holds (did you mean 'orders:write'?)",
    ],
    ['a wildcard, with a catalogue', typed, ['*'], "was '*'; accepted is a permission such as"],
  ])('refuses %s', (_, access, permissions, message) => {
    const given = refusal(() => access().require(...(permissions as never as ['orders:read'])))
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
    expect(refusal(() => access().requireAny(...(permissions as never as ['orders:read'])))).toContain(
      'access.requireAny: ',
    )
  })
})
