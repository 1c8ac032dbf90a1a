import type { Principal } from '@sallyport/core'
import type { Condition } from '@sallyport/rbac'
import * as fc from 'fast-check'
import type { PlainPolicy, PlainRule } from './reference.ts'
import { principal } from './support.ts'

const resource = fc.constantFrom('orders', 'reports', 'data/eu', 'data/eu/west', 'data', '__proto__', 'constructor')
const action = fc.constantFrom('read', 'write', 'toString', '__proto__', 'admin/keys')
export const permission = fc.oneof(
  { arbitrary: fc.tuple(resource, action).map((sides) => sides.join(':')), weight: 5 },
  { arbitrary: action, weight: 1 },
)
const pattern = fc.oneof(
  { arbitrary: permission, weight: 6 },
  { arbitrary: resource.map((one) => `${one}:*`), weight: 2 },
  {
    arbitrary: fc.tuple(fc.constantFrom('data', 'data/eu', 'orders'), action).map(([one, two]) => `${one}/*:${two}`),
    weight: 2,
  },
  { arbitrary: action.map((one) => `*:${one}`), weight: 1 },
  { arbitrary: fc.constantFrom('*:*', '*', 'data/*:*', 'admin/*', '*:admin/*'), weight: 1 },
)

/** Some of these names are members that every object has. */
export const ROLES = ['viewer', 'clerk', 'admin', '__proto__', 'constructor', 'toString', 'hasOwnProperty']
export const SCOPES = ['openid', 'api', 'orders:read', '*', 'orders:*', '__proto__', 'read']
const TENANTS = ['acme', 'beta', '__proto__']

const field = fc.constantFrom('ownerId', 'tenantId', 'status', 'total', 'customer.region', 'members', 'missing')
const scalar = fc.constantFrom<string | number | boolean>('u1', 'acme', 'open', 3, 7, true)
const reference = fc.oneof(
  { arbitrary: field.map((object) => ({ object })), weight: 3 },
  {
    arbitrary: fc
      .constantFrom('subject' as const, 'tenant' as const, 'roles' as const, 'claims.region' as const, 'acr' as const)
      .map((one) => ({ principal: one })),
    weight: 1,
  },
)
const pair = fc
  .tuple(reference, fc.oneof(scalar, reference), fc.boolean())
  .map(([a, b, turned]) => (turned ? [b, a] : [a, b]) as unknown as readonly [never, never])

const condition: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition; leaf: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc
      .tuple(fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'), pair)
      .filter(([op, sides]) => op === 'eq' || op === 'ne' || sides.every((side) => typeof side !== 'boolean'))
      .map(([op, sides]) => ({ [op]: sides }) as unknown as Condition),
    fc
      .tuple(fc.constantFrom('eq', 'ne'), field)
      .map(([op, object]) => ({ [op]: [{ object }, null] }) as unknown as Condition),
    fc
      .tuple(
        fc.oneof(reference, reference, scalar),
        fc.oneof(reference, fc.array(scalar, { minLength: 1, maxLength: 3 })),
      )
      .filter(([item, list]) => typeof item === 'object' || !Array.isArray(list))
      .map((sides) => ({ in: sides }) as Condition),
    field.map((owner) => ({ owner })),
  ),
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    tie('tree').map((not) => ({ not })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
  ),
})).tree

const some = <Value>(arbitrary: fc.Arbitrary<Value>, chance: number): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: chance })

const rule: fc.Arbitrary<PlainRule> = fc
  .tuple(pattern, some(condition, 1), fc.boolean(), fc.nat(9))
  .map(([one, when, anyTenant, odd]) => ({
    permission: one,
    ...(when && odd > 4 && { when }),
    ...(anyTenant && odd % 3 === 0 && { anyTenant }),
    ...(odd === 1 && { fields: ['status', 'total'] }),
  }))
const rules = fc.array(rule, { maxLength: 4 })
const few = fc.array(rule, { maxLength: 1 })

/** Roles inherit from those before them in a shuffled list, and stand in the object in another order: never a cycle. */
const roles: fc.Arbitrary<PlainPolicy['roles']> = fc
  .tuple(
    fc.shuffledSubarray(ROLES, { minLength: 1 }),
    fc.infiniteStream(fc.tuple(fc.nat(), fc.nat(), rules, few, some(fc.subarray(TENANTS), 1), fc.nat(3))),
    fc.nat(),
  )
  .map(([names, stream, turn]) => {
    const entries = names.map((name, i) => {
      const [first, second, allow, deny, tenants, odd] = stream.next().value!
      const inherits = i === 0 ? [] : [...new Set([first, second].filter((n) => n % 3 > 0).map((n) => names[n % i]!))]
      return [name, { inherits, allow, deny: odd === 0 ? deny : [], ...(tenants && odd === 1 && { tenants }) }] as const
    })
    const start = turn % entries.length
    return Object.fromEntries([...entries.slice(start), ...entries.slice(0, start)])
  })

const scopes = fc.oneof(
  fc.constant('limit' as const),
  fc.constant('ignore' as const),
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...SCOPES), fc.array(pattern, { maxLength: 4 })), {
      selector: ([name]) => name,
      maxLength: 3,
    })
    .map(Object.fromEntries),
)

const tenancy = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  {},
  { orders: 'tenantId' },
  { 'data/*': 'tenantId', 'data/eu/*': 'customer.region', orders: 'tenantId' },
  { '*': 'tenantId', reports: 'ownerId' },
)

export const policy: fc.Arbitrary<PlainPolicy> = fc.record({ roles, scopes, tenancy })

export const caller: fc.Arbitrary<Principal> = fc
  .tuple(
    fc.subarray([...ROLES, 'stranger', 'valueOf'], { minLength: 1 }),
    fc.option(fc.array(fc.oneof(fc.constantFrom(...SCOPES), permission), { maxLength: 4 }), {
      nil: undefined,
      freq: 1,
    }),
    fc.option(fc.constantFrom(...TENANTS), { nil: undefined }),
    fc.constantFrom(undefined, 'eu', 7, ['u1', 3], null),
  )
  .map(([held, given, tenant, region]) =>
    principal({
      roles: held,
      ...(given && { scopes: given }),
      ...(tenant !== undefined && { tenant }),
      ...(region !== undefined && { claims: { region } }),
    }),
  )

const value = fc.constantFrom<unknown>('u1', 'acme', 'beta', 'open', 'eu', 3, 7, true, null, ['u1', 'open'], Number.NaN)
/** Objects with some of the fields that conditions ask for. */
export const object: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      ownerId: value,
      tenantId: value,
      status: value,
      total: value,
      members: value,
      customer: fc.oneof(value, fc.record({ region: value })),
    },
    { requiredKeys: [] },
  )
  .map((one) => one as Record<string, unknown>)

export const question = fc.oneof(
  { arbitrary: permission, weight: 8 },
  { arbitrary: pattern, weight: 1 },
  {
    arbitrary: fc.constantFrom(
      '',
      ':',
      'orders:',
      ':read',
      'orders:read:',
      'orders:read:all',
      'orders:read ',
      'data//eu:read',
      'data/../orders:read',
    ),
    weight: 1,
  },
)
