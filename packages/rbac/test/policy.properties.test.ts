import { rbac } from '@sallyport/rbac'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { caller, object, policy, question, ROLES, SCOPES } from './arbitraries.ts'
import { decidedByReference, type PlainPolicy } from './reference.ts'
import { environment, principal } from './support.ts'

/** Rules that only ever grant. */
function withoutDenials(given: PlainPolicy): PlainPolicy {
  const roles = Object.entries(given.roles).map(([name, role]) => [name, { ...role, deny: [] }] as const)
  return { ...given, roles: Object.fromEntries(roles) }
}

describe('a compiled policy', () => {
  it('decides as the plain reference does: without object and with it, directly, compiled, from memory and explained', () => {
    const env = environment()
    const seen = { granted: 0, denied: 0, depends: 0 }
    fc.assert(
      fc.property(
        policy,
        caller,
        fc.array(fc.tuple(question, object), { minLength: 1, maxLength: 20 }),
        (given, who, questions) => {
          const access = rbac({ policy: given, env })
          const ability = access.compile(who)
          for (const [one, about] of questions) {
            const open = decidedByReference(given, who, one)
            seen[open]++
            expect(access.can(who, one), one).toBe(open === 'granted')
            expect(ability.can(one), `${one}, compiled`).toBe(open === 'granted')
            expect(ability.can(one), `${one}, compiled, again`).toBe(open === 'granted')
            expect(access.explain(who, one).decision, `${one}, explained`).toBe(open)
            const closed = decidedByReference(given, who, one, about)
            expect(access.can(who, one, about), `${one} on an object`).toBe(closed === 'granted')
            expect(ability.can(one, about), `${one} on an object, compiled`).toBe(closed === 'granted')
            expect(access.filter(who, one).matches(about), `${one} in a list`).toBe(closed === 'granted')
            const explained = access.explain(who, one, about)
            expect(explained.decision === 'granted', `${one} on an object, explained`).toBe(closed === 'granted')
            expect(explained.reason === 'granted').toBe(closed === 'granted')
          }
        },
      ),
      { numRuns: 2000 },
    )
    // All three ways are walked.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500)
  })

  it('never grants on an object what it denies without one, nor withholds what it grants without one', () => {
    const env = environment()
    fc.assert(
      fc.property(policy, caller, question, object, (given, who, one, about) => {
        const access = rbac({ policy: given, env })
        const { decision } = access.explain(who, one)
        if (decision === 'denied') expect(access.can(who, one, about)).toBe(false)
        if (decision === 'granted') expect(access.can(who, one, about)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('grants more roles no less, more scopes no less, and no scopes at all no less than some, where nothing is denied', () => {
    const env = environment()
    fc.assert(
      fc.property(
        policy.map(withoutDenials),
        caller,
        question,
        fc.constantFrom(...ROLES),
        fc.constantFrom(...SCOPES),
        fc.option(object, { nil: undefined }),
        (given, who, one, role, scope, about) => {
          // A condition may ask for the absence of a role.
          fc.pre(!JSON.stringify(given).includes('"principal":"roles"'))
          const access = rbac({ policy: given, env })
          const before = access.can(who, one, about)
          const promoted = principal({ ...who, roles: [...who.roles, role] })
          expect(access.can(promoted, one, about) || !before).toBe(true)
          if (who.scopes === undefined) return
          const wider = principal({ ...who, scopes: [...who.scopes, scope] })
          expect(access.can(wider, one, about) || !before).toBe(true)
          const { scopes: _, ...unlimited } = who
          expect(access.can(principal(unlimited), one, about) || !before).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('grants nobody more by a rule that denies', () => {
    const env = environment()
    fc.assert(
      fc.property(policy, caller, question, object, (given, who, one, about) => {
        const strict = rbac({ policy: given, env })
        const lax = rbac({ policy: withoutDenials(given), env })
        if (strict.can(who, one)) expect(lax.can(who, one)).toBe(true)
        if (strict.can(who, one, about)) expect(lax.can(who, one, about)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
