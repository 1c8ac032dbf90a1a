import { rbac } from '@sallyport/rbac'
import { permissionContender } from '../lib/permission-contender.mjs'

/** A principal as jwt-auth makes one of a session-like credential: no scopes that would limit the roles. */
function principalWith(roles) {
  return {
    issuer: 'https://issuer.example',
    subject: 'user-1',
    roles,
    amr: ['pwd'],
    credential: { kind: 'session', ambient: true },
  }
}

/** `call`: `can`, `can-anew` (a principal that was never seen before, each time) or `compiled`. */
export const prepare = permissionContender(({ roles, userRoles }, { call }) => {
  const definitions = Object.entries(roles).map(([name, { inherits, permissions }]) => [
    name,
    { inherits, allow: permissions },
  ])
  const access = rbac({ roles: Object.fromEntries(definitions) })
  const principal = principalWith(userRoles)
  const ability = access.compile(principal)
  const checks = {
    can: (permission) => access.can(principal, permission),
    'can-anew': (permission) => access.can(principalWith([...userRoles]), permission),
    compiled: (permission) => ability.can(permission),
  }
  return { prepare: ({ permission }) => permission, check: checks[call] }
})
