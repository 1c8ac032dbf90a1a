import { readFileSync } from 'node:fs'
import { rbac, type PolicyDocument } from '@sallyport/rbac'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policy } from './arbitraries.ts'
import { environment, refusal } from './support.ts'

const schema = JSON.parse(readFileSync(new URL('../schema/policy.schema.json', import.meta.url), 'utf8')) as object
const valid = new Ajv({ allowUnionTypes: true, strictTypes: false, strictTuples: false }).compile(schema)
const accepted = (document: unknown): boolean =>
  refusal(() => rbac({ policy: document as PolicyDocument, env: environment() })) === 'accepted'

/** A policy with one rule of a role. */
const rule = (one: unknown): object => ({ roles: { r: [one] } })
const when = (condition: unknown): object => rule({ permission: 'o:x', when: condition })
const field = { object: 'x' }

describe('the schema of a policy', () => {
  it.each<[string, unknown]>([
    ['nothing but roles', { roles: {} }],
    ['its own address', { $schema: './policy.schema.json', roles: {} }],
    [
      'all of it',
      {
        permissions: ['orders:read', 'data/eu:write', 'login'],
        roles: {
          a: ['*'],
          b: {
            inherits: ['a'],
            allow: ['orders:*', { permission: ['orders:read', '*:write'] }],
            deny: ['login'],
            tenants: ['acme'],
          },
        },
        services: { lake: { write: ['data/*'] } },
        tenancy: { orders: 'tenantId', 'data/*': 'a.b' },
        scopes: { api: ['*'], 'https://x/y': [] },
      },
    ],
    [
      'services',
      {
        roles: {},
        services: { nexus: { route: '*' }, lake: { write: 'data/*' }, stream: { publish: ['events/*', 'log'] } },
      },
    ],
    ['scopes that do not limit', { roles: {}, scopes: 'ignore' }],
    ['a rule for any tenant', rule({ permission: 'o:x', anyTenant: true })],
    ['a rule with fields', rule({ permission: 'o:x', fields: ['*', '!cost', 'a.b.*'] })],
    ['an owner', when({ owner: 'ownerId' })],
    [
      'comparisons',
      when({ and: [{ eq: [field, null] }, { lt: [1, field] }, { ne: [{ principal: 'claims.a.b' }, true] }] }),
    ],
    [
      'lists',
      when({
        or: [{ in: [field, ['a', 1, true]] }, { in: ['a', field] }, { not: { in: [field, { principal: 'roles' }] } }],
      }),
    ],
  ])('accepts what rbac() accepts: %s', (_, document) => {
    expect([valid(document), accepted(document)], JSON.stringify(valid.errors)).toEqual([true, true])
  })

  it.each<[string, unknown]>([
    ['no roles', {}],
    ['a list', []],
    ['another key', { roles: {}, rules: [] }],
    ['a role without a name', { roles: { '': [] } }],
    ['a role that is a text', { roles: { r: 'orders:read' } }],
    ['another key of a role', { roles: { r: { inherit: [] } } }],
    ['an empty name of a tenant', { roles: { r: { tenants: [''] } } }],
    ['half a wildcard', rule('orders:re*')],
    ['a way up', rule('data/../x:read')],
    ['three sides', rule('a:b:c')],
    ['a wildcard in the catalogue', { permissions: ['orders:*'], roles: {} }],
    ['a rule without permission', rule({ when: { owner: 'x' } })],
    ['a rule with no permission', rule({ permission: [] })],
    ['another key of a rule', rule({ permission: 'o:x', if: {} })],
    ['a wrong truth value', rule({ permission: 'o:x', anyTenant: 'yes' })],
    ['no fields', rule({ permission: 'o:x', fields: [] })],
    ['fields that are only left out', rule({ permission: 'o:x', fields: ['!cost'] })],
    ['a field of every object', rule({ permission: 'o:x', fields: ['constructor'] })],
    ['another operator', when({ regex: [field, 'a+'] })],
    ['two operators', when({ eq: [field, 1], ne: [field, 2] })],
    ['no operator', when({})],
    ['one operand', when({ eq: [field] })],
    ['no reference', when({ eq: [1, 1] })],
    ['an order of truth values', when({ lt: [field, true] })],
    ['an empty list', when({ in: [field, []] })],
    ['a text for a list', when({ in: [field, 'abc'] })],
    ['another part of the caller', when({ eq: [{ principal: 'password' }, 'x'] })],
    ['a reference of two kinds', when({ eq: [{ object: 'x', principal: 'subject' }, 1] })],
    ['a prototype', when({ owner: 'a.__proto__' })],
    ['and of nothing', when({ and: [] })],
    ['a service that is a text', { roles: {}, services: { lake: 'data/*' } }],
    ['a service with half a wildcard', { roles: {}, services: { lake: { write: 'data*' } } }],
    ['tenancy by permission', { roles: {}, tenancy: { 'orders:read': 'tenantId' } }],
    ['tenancy without field', { roles: {}, tenancy: { orders: null } }],
    ['another word for scopes', { roles: {}, scopes: 'all' }],
    ['a scope with a space', { roles: {}, scopes: { 'a b': [] } }],
  ])('refuses what rbac() refuses: %s', (_, document) => {
    expect([valid(document), accepted(document)]).toEqual([false, false])
  })

  it('accepts every policy that rbac() accepts', () => {
    fc.assert(
      fc.property(policy, (document) => {
        expect(valid(document), JSON.stringify(valid.errors)).toBe(accepted(document))
      }),
      { numRuns: 500 },
    )
  })
})
