import { rbac } from '@sallyport/rbac'
import { fromCasbin } from '@sallyport/rbac/tools'
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environment, principal, refusal } from './support.ts'

/** As it stands in casbin's own examples: rbac_model.conf. */
const MODEL = `
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`
const DENY_MODEL = MODEL.replace('p = sub, obj, act', 'p = sub, obj, act, eft').replace(
  'e = some(where (p.eft == allow))',
  'e = some(where (p.eft == allow)) && !some(where (p.eft == deny))',
)

/** rbac_policy.csv of casbin's examples. */
const POLICY = `
p, alice, data1, read
p, bob, data2, write
p, data2_admin, data2, read
p, data2_admin, data2, write
g, alice, data2_admin
`

describe('fromCasbin()', () => {
  it('decides as casbin does', async () => {
    const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(POLICY))
    const { policy, rolesOf } = fromCasbin(MODEL, POLICY)
    const access = rbac({ policy, env: environment() })
    for (const user of ['alice', 'bob', 'data2_admin', 'eve']) {
      for (const object of ['data1', 'data2']) {
        for (const action of ['read', 'write', 'drop']) {
          const ours = access.can(principal({ subject: user, roles: rolesOf(user) }), `${object}:${action}`)
          expect(ours, `${user} ${object} ${action}`).toBe(await enforcer.enforce(user, object, action))
        }
      }
    }
    expect(access.can(principal({ roles: rolesOf('alice') }), 'data2:write')).toBe(true)
  })

  it('decides as casbin does, whatever the policy, with denials too', async () => {
    const names = ['ann', 'ben', 'cat', 'dan']
    const objects = ['doc', 'img']
    const actions = ['read', 'write']
    const rule = fc.tuple(
      fc.constantFrom(...names),
      fc.constantFrom(...objects),
      fc.constantFrom(...actions),
      fc.constantFrom('allow', 'deny'),
    )
    // From later names to earlier ones: no circle.
    const link = fc.tuple(fc.nat(2), fc.nat(3)).filter(([role, user]) => role < user)
    const policies = fc.tuple(fc.array(rule, { maxLength: 8 }), fc.array(link, { maxLength: 4 }), fc.boolean())
    await fc.assert(
      fc.asyncProperty(policies, async ([rules, links, denies]) => {
        const model = denies ? DENY_MODEL : MODEL
        // casbin takes no empty policy.
        const lines = [
          `p, nobody, doc, none${denies ? ', allow' : ''}`,
          ...rules.map(
            ([who, object, action, effect]) => `p, ${who}, ${object}, ${action}${denies ? `, ${effect}` : ''}`,
          ),
          ...links.map(([role, user]) => `g, ${names[user]}, ${names[role]}`),
        ]
        const enforcer = await newEnforcer(newModelFromString(model), new StringAdapter(lines.join('\n')))
        const { policy, rolesOf } = fromCasbin(model, lines.join('\n'))
        const access = rbac({ policy, env: environment() })
        for (const user of names) {
          for (const object of objects) {
            for (const action of actions) {
              const ours = access.can(principal({ roles: rolesOf(user) }), `${object}:${action}`)
              expect(ours, `${user} ${object} ${action}`).toBe(await enforcer.enforce(user, object, action))
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('takes spaces, comments and the order of a matcher as they come', () => {
    const model = `# ours\n${MODEL.replace('m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act', 'm=r.act==p.act&&r.obj == p.obj && g(r.sub,p.sub) # roles')}`
    expect(fromCasbin(model, '# nobody\n\n  p ,  a,b/c ,d\r\n').policy).toEqual({
      roles: { a: { inherits: [], allow: ['b/c:d'] } },
    })
  })

  it.each<[string, string, string, string]>([
    ['domains', MODEL.replace('r = sub, obj, act', 'r = sub, dom, obj, act'), '', 'model [request_definition] r'],
    ['another matcher', MODEL.replace('r.obj == p.obj', 'keyMatch(r.obj, p.obj)'), '', 'model [matchers] m'],
    ['a superuser', MODEL.replace('r.act == p.act', 'r.act == p.act || r.sub == "root"'), '', 'model [matchers] m'],
    ['another effect', MODEL.replace('some(where (p.eft == allow))', 'priority(p.eft)'), '', 'model [policy_effect] e'],
    ['two kinds of roles', MODEL.replace('g = _, _', 'g = _, _\ng2 = _, _'), '', 'model [role_definition] g'],
    ['no roles', MODEL.replace('g = _, _', ''), '', 'model [role_definition] g'],
    ['nothing', '', '', 'model [request_definition] r'],
    ['a line of another kind', MODEL, 'p2, a, b, c', 'policy line 1'],
    ['a line that is too short', MODEL, 'p, a, b, c\np, a, b', 'policy line 2'],
    ['an effect without deny override', MODEL, 'p, a, b, c, deny', 'policy line 1'],
    ['an unknown effect', DENY_MODEL, 'p, a, b, c, maybe', 'policy line 1'],
    ['a subject without a name', MODEL, 'p, , b, c', 'policy line 1'],
    ['an object that is a path with a slash in front', MODEL, 'p, a, /b, c', 'policy line 1'],
    ['a wildcard, which casbin takes for a name', MODEL, 'p, a, *, c', 'policy line 1'],
    ['a role with a domain', MODEL, 'g, a, b, c', 'policy line 1'],
  ])('refuses what means something else: %s', (_, model, policy, message) => {
    const given = refusal(() => fromCasbin(model, policy))
    expect(given).toMatch(/^ERR_OPTION fromCasbin: /)
    expect(given).toContain(message)
  })

  it('makes a circle of roles an error when it is put in force', () => {
    const { policy } = fromCasbin(MODEL, 'g, a, b\ng, b, a')
    expect(refusal(() => rbac({ policy, env: environment() }))).toContain('without a cycle')
  })
})
