import { rbac } from '@sallyport/rbac'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environment, principal } from './support.ts'
import { decidedByReference, type PlainPolicy } from './reference.ts'

const resource = fc.constantFrom('orders', 'reports', 'data/eu', '__proto__', 'constructor')
const action = fc.constantFrom('read', 'write', 'toString', '__proto__')
const permission = fc.oneof(
  { arbitrary: fc.tuple(resource, action).map((sides) => sides.join(':')), weight: 5 },
  { arbitrary: action, weight: 1 },
)
const pattern = fc.oneof(
  { arbitrary: permission, weight: 6 },
  { arbitrary: resource.map((one) => `${one}:*`), weight: 2 },
  { arbitrary: action.map((one) => `*:${one}`), weight: 1 },
  { arbitrary: fc.constantFrom('*:*', '*'), weight: 1 },
)
const patterns = fc.array(pattern, { maxLength: 4 })

/** Some of these names are members that every object has. */
const ROLES = ['viewer', 'clerk', 'admin', '__proto__', 'constructor', 'toString', 'hasOwnProperty']
const SCOPES = ['openid', 'api', 'orders:read', '*', 'orders:*', '__proto__', 'read']

/** Roles inherit from those before them in a shuffled list, and stand in the object in another order: never a cycle. */
const roles = fc
  .tuple(
    fc.shuffledSubarray(ROLES, { minLength: 1 }),
    fc.infiniteStream(fc.tuple(fc.nat(), fc.nat(), patterns)),
    fc.nat(),
  )
  .map(([names, stream, turn]) => {
    const entries = names.map((name, i) => {
      const [first, second, allow] = stream.next().value!
      const inherits = i === 0 ? [] : [...new Set([first, second].filter((n) => n % 3 > 0).map((n) => names[n % i]!))]
      return [name, { inherits, allow }] as const
    })
    const start = turn % entries.length
    return Object.fromEntries([...entries.slice(start), ...entries.slice(0, start)])
  })

const scopes = fc.oneof(
  fc.constant('limit' as const),
  fc.constant('ignore' as const),
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...SCOPES), patterns), { selector: ([name]) => name, maxLength: 3 })
    .map(Object.fromEntries),
)

const policy: fc.Arbitrary<PlainPolicy> = fc.record({ roles, scopes })

const caller = fc
  .tuple(
    fc.subarray([...ROLES, 'stranger', 'valueOf']),
    fc.option(fc.array(fc.oneof(fc.constantFrom(...SCOPES), permission), { maxLength: 4 }), { nil: undefined }),
  )
  .map(([held, given]) => principal({ roles: held, ...(given && { scopes: given }) }))

const question = fc.oneof(
  { arbitrary: permission, weight: 8 },
  { arbitrary: pattern, weight: 1 },
  {
    arbitrary: fc.constantFrom('', ':', 'orders:', ':read', 'orders:read:', 'orders:read:all', 'orders:read '),
    weight: 1,
  },
)

describe('a compiled policy', () => {
  it('decides as the plain reference does, asked directly, compiled and again from memory', () => {
    const env = environment()
    fc.assert(
      fc.property(policy, caller, fc.array(question, { minLength: 1, maxLength: 20 }), (given, who, questions) => {
        const access = rbac({ ...given, env })
        const ability = access.compile(who)
        for (const one of questions) {
          const expected = decidedByReference(given, who, one)
          expect(access.can(who, one), one).toBe(expected)
          expect(ability.can(one), `${one}, compiled`).toBe(expected)
          expect(ability.can(one), `${one}, compiled, again`).toBe(expected)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('grants more roles no less, more scopes no less, and no scopes at all no less than some', () => {
    const env = environment()
    fc.assert(
      fc.property(
        policy,
        caller,
        question,
        fc.constantFrom(...ROLES),
        fc.constantFrom(...SCOPES),
        (given, who, one, role, scope) => {
          const access = rbac({ ...given, env })
          const before = access.can(who, one)
          const promoted = principal({ ...who, roles: [...who.roles, role] })
          expect(access.can(promoted, one) || !before).toBe(true)
          if (who.scopes === undefined) return
          const wider = principal({ ...who, scopes: [...who.scopes, scope] })
          expect(access.can(wider, one) || !before).toBe(true)
          const { scopes: _, ...unlimited } = who
          expect(access.can(principal(unlimited), one) || !before).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
