import type { Principal } from '@sallyport/core'
import { covers } from './permission.ts'
import type { Policy } from './policy.ts'

/** Says in words why a principal has a permission or not. For whoever runs the app; a client must not see it. */
export function explain(policy: Policy, principal: Principal | undefined, permission: string): string {
  if (!principal) return `${permission} denied: nobody is authenticated`
  const target = policy.target(permission)
  if (!target) return `${permission} denied: ${policy.catalogue ? 'it is not in the catalogue' : 'it is malformed'}`
  const source = grantOf(policy, principal, permission)
  if (source === undefined) return `${permission} denied: no role of ${list(principal.roles)} grants it`
  if (policy.allows(principal, target)) return `${permission} granted: ${source}`
  return `${permission} denied: ${source}, but no scope of ${list(principal.scopes)} covers it`
}

function grantOf({ graph, lineages }: Policy, { roles }: Principal, permission: string): string | undefined {
  for (const role of Array.isArray(roles) ? (roles as readonly string[]) : []) {
    for (const ancestor of lineages.get(role) ?? []) {
      const pattern = graph.get(ancestor)!.allow.find((one) => covers(one, permission))
      if (pattern) return `role ${role}${ancestor === role ? '' : ` through ${ancestor}`} has ${pattern.text}`
    }
  }
  return undefined
}

function list(names: unknown): string {
  return Array.isArray(names) ? `[${names.join(', ')}]` : 'what is no list'
}
