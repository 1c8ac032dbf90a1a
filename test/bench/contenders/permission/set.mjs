import { permissionContender } from '../lib/permission-contender.mjs'
import { flatten } from '../lib/world.mjs'

// As fast as it gets: the user's permissions, wildcards written out, in one Set.
export const prepare = permissionContender(({ actions, roles, userRoles }) => {
  const expanded = new Set()
  for (const permission of flatten(roles, userRoles)) {
    const [resource, action] = permission.split(':')
    for (const one of action === '*' ? actions : [action]) expanded.add(`${resource}:${one}`)
  }
  return { prepare: ({ permission }) => permission, check: (permission) => expanded.has(permission) }
})
