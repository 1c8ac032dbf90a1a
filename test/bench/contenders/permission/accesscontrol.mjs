import { AccessControl } from 'accesscontrol'
import { permissionContender } from '../lib/permission-contender.mjs'

// It has no wildcard for actions: they are written out.
export const prepare = permissionContender(({ actions, roles, userRoles }) => {
  const rows = Object.entries(roles).flatMap(([role, { inherits, permissions }]) => [
    ...permissions.flatMap((permission) => {
      const [resource, action] = permission.split(':')
      const all = action === '*' ? actions : [action]
      return all.map((one) => ({ role, resource, action: one, possession: 'any' }))
    }),
    ...(inherits.length === 0 ? [] : [{ role, $extend: inherits }]),
  ])
  const access = new AccessControl(rows).lock()
  return {
    prepare: (query) => query,
    check: ({ action, resource }) => access.can(userRoles).do(action, resource).granted,
  }
})
