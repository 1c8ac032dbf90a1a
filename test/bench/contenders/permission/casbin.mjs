import { newCachedEnforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import { permissionContender } from '../lib/permission-contender.mjs'

// RBAC as casbin's own examples write it, with the cheap comparisons first.
const model = `
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && (r.act == p.act || p.act == "*") && g(r.sub, p.sub)
`

function policyOf({ roles, userRoles }) {
  const lines = userRoles.map((role) => `g, user, ${role}`)
  for (const [role, { inherits, permissions }] of Object.entries(roles)) {
    for (const parent of inherits) lines.push(`g, ${role}, ${parent}`)
    for (const permission of permissions) lines.push(`p, ${role}, ${permission.replace(':', ', ')}`)
  }
  return lines.join('\n')
}

/** `method`: `enforce`, `enforceSync`, or `cached` for its CachedEnforcer, which keeps every answer it ever gave. */
export const prepare = permissionContender(async (world, { method }) => {
  const make = method === 'cached' ? newCachedEnforcer : newEnforcer
  const enforcer = await make(newModelFromString(model), new StringAdapter(policyOf(world)))
  const check =
    method === 'enforceSync'
      ? ({ resource, action }) => enforcer.enforceSync('user', resource, action)
      : ({ resource, action }) => enforcer.enforce('user', resource, action)
  return { prepare: (query) => query, check, asynchronous: method !== 'enforceSync' }
})
