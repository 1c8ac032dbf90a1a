import { rbac } from '@sallyport/rbac'
import { yamlPolicy } from '@sallyport/rbac/yaml'
import { describe, expect, it } from 'vitest'
import { decide, environment, principal, refusal } from './support.ts'

const POLICY = `
roles:
  admin: ['*']
  service: [read, write]
  readonly: [read]

services:
  nexus: { route: '*' }
  lake: { write: data/* }
  stream: { publish: events/* }
`

describe('a policy in YAML', () => {
  const access = () => rbac({ policy: yamlPolicy(POLICY), env: environment() })
  const asked = [
    'read',
    'write',
    'drop',
    'orders:route',
    'data/eu:write',
    'data/eu/west:write',
    'events/orders:publish',
  ]

  it.each<[string, string[]]>([
    ['admin', asked],
    ['service', ['read', 'write']],
    ['readonly', ['read']],
    ['service:nexus', ['orders:route']],
    ['service:lake', ['data/eu:write', 'data/eu/west:write']],
    ['service:stream', ['events/orders:publish']],
    ['nexus', []],
    ['lake', []],
  ])('says what %s may', (role, granted) => {
    const policy = access()
    expect(asked.filter((one) => decide(policy, principal({ roles: [role] }), one))).toEqual(granted)
  })

  it('keeps each service to its action and its resources', () => {
    const policy = access()
    const may = (service: string, permission: string) =>
      decide(policy, principal({ roles: [`service:${service}`] }), permission)
    expect(['data/eu:route', 'events/x:route', 'lake:route'].map((one) => may('nexus', one))).toEqual([
      true,
      true,
      true,
    ])
    expect(['route', 'orders:write', 'read'].map((one) => may('nexus', one))).toEqual([false, false, false])
    expect(
      ['data:write', 'data/eu:read', 'events/x:write', 'database/x:write', 'write'].map((one) => may('lake', one)),
    ).toEqual([...[false, false, false, false, false]])
    expect(['events:publish', 'data/x:publish', 'events/x:write'].map((one) => may('stream', one))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('knows a service by what the app says who it is', () => {
    const policy = rbac({
      policy: yamlPolicy(POLICY),
      serviceOf: ({ issuer, claims }) =>
        issuer === 'https://sts.example' ? (claims?.['client_id'] as string) : undefined,
      env: environment(),
    })
    const lake = principal({ issuer: 'https://sts.example', subject: 'x', claims: { client_id: 'lake' } })
    expect(decide(policy, lake, 'data/eu:write')).toBe(true)
    expect(decide(policy, lake, 'events/eu:publish')).toBe(false)
    expect(decide(policy, principal({ subject: 'lake', claims: { client_id: 'lake' } }), 'data/eu:write')).toBe(false)
    expect(decide(policy, principal({ ...lake, claims: { client_id: 'unknown' } }), 'data/eu:write')).toBe(false)
  })

  it('has conditions, fields and tenants like a policy in code', () => {
    const policy = rbac({
      policy: yamlPolicy(`
        # The clerk's own open orders, without what they cost.
        permissions: &all [orders:read, orders:update, reports:read]
        roles:
          viewer: { allow: ['*:read'], tenants: [acme] }
          clerk:
            inherits: [viewer]
            allow:
              - permission: orders:update
                when:
                  and:
                    - owner: ownerId
                    - in: [{ object: status }, [open, new]]
                fields: ['*', '!cost']
            deny:
              - permission: orders:update
                when: { eq: [{ object: country }, no] }
        tenancy: { orders: tenantId }
        scopes: { api: *all }
      `),
      env: environment(),
    })
    const clerk = principal({ roles: ['clerk'], tenant: 'acme', scopes: ['api'] })
    const mine = { ownerId: 'u1', status: 'open', country: 'DE', tenantId: 'acme', cost: 1 }
    expect(policy.can(clerk, 'orders:update', mine)).toBe(true)
    expect(policy.can(clerk, 'orders:update', { ...mine, status: 'sent' })).toBe(false)
    // A country, not a truth value: YAML 1.2.
    expect(policy.can(clerk, 'orders:update', { ...mine, country: 'no' })).toBe(false)
    expect(policy.can(clerk, 'reports:read')).toBe(true)
    expect(policy.strip(clerk, 'orders:update', { cost: 0, status: 'new' }, mine)).toEqual({ status: 'new' })
  })
})

describe('a text that is no policy', () => {
  const make = (text: string): string => refusal(() => rbac({ policy: yamlPolicy(text), env: environment() }))

  it.each<[string, string, string]>([
    ['broken YAML', 'roles:\n  admin: [*', 'accepted is YAML (line 2, column '],
    [
      'a key that comes twice',
      'roles:\n  admin: []\n  admin: ["*"]',
      'accepted is YAML (line 3, column 3: DUPLICATE_KEY)',
    ],
    ['two documents', 'roles: {}\n---\nroles: {}', 'MULTIPLE_DOCS'],
    ['a tag that makes something', 'roles: !!js/function "x"', 'TAG_RESOLVE_FAILED'],
    ['an alias of nothing', 'roles: *nothing', 'accepted is YAML'],
    ['nothing', '', 'rbac: option `policy`'],
    ['a list', '- roles', 'rbac: option `policy` was a list of 1'],
    ['another key', 'rolles: {}', 'rbac: policy: unknown option `rolles` (did you mean `roles`?)'],
    ['no roles', 'permissions: [read]', 'rbac: policy: option `roles` was undefined'],
    ['a number for a permission', 'roles: { admin: [1] }', 'option `roles.admin` was a list of 1 (first: 1)'],
    ['a misspelt permission', 'permissions: [read]\nroles: { admin: [reed] }', "(did you mean 'read'?)"],
    ['a service without actions', 'roles: {}\nservices: { lake: data }', "option `services.lake` was 'data'"],
    [
      'a service with a wrong resource',
      'roles: {}\nservices: { lake: { write: data* } }',
      "option `services.lake.write` was 'data*:write'",
    ],
    [
      'a service with no resource',
      'roles: {}\nservices: { lake: { write: [data/*, 7] } }',
      'option `services.lake.write[1]` was 7',
    ],
    ['a service without a name', 'roles: {}\nservices: { "": {} }', 'names that are not empty'],
    [
      'a role called like a service',
      'roles: { "service:lake": ["*"] }\nservices: { lake: {} }',
      'this one is the service lake',
    ],
  ])('is refused: %s', (_, text, message) => {
    const given = make(text)
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })

  it('does not show its text in the error', () => {
    expect(make('roles:\n  admin: [secret-name')).not.toContain('secret-name')
  })

  it('cannot fill the memory by aliases', () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) =>
        `  r${i}: &a${i} [${
          i === 0
            ? 'read'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(', ')
        }]`,
    )
    expect(make(`roles:\n${levels.join('\n')}`)).toContain('at most 100 aliases')
  })

  it('sets no prototype', () => {
    expect(make('roles:\n  __proto__: ["*"]')).toBe('accepted')
    const policy = rbac({ policy: yamlPolicy('roles:\n  __proto__: ["*"]'), env: environment() })
    expect(policy.can(principal({ roles: ['__proto__'] }), 'read')).toBe(true)
    expect(policy.can(principal({ roles: ['other'] }), 'read')).toBe(false)
    expect(make('roles: {}\n__proto__: { roles: { admin: ["*"] } }')).toContain('unknown option `__proto__`')
  })
})
