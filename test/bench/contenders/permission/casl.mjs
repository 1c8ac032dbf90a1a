import { createMongoAbility } from '@casl/ability'
import { permissionContender } from '../lib/permission-contender.mjs'
import { flatten } from '../lib/world.mjs'

/** `ability`: kept for the user (`cached`), or built for each check as on each request (`per-request`). */
export const prepare = permissionContender(({ roles, userRoles }, { ability }) => {
  const rules = [...flatten(roles, userRoles)].map((permission) => {
    const [subject, action] = permission.split(':')
    return { subject, action: action === '*' ? 'manage' : action }
  })
  const kept = createMongoAbility(rules)
  const check =
    ability === 'cached'
      ? (query) => kept.can(query.action, query.resource)
      : (query) => createMongoAbility(rules).can(query.action, query.resource)
  return { prepare: (query) => query, check }
})
