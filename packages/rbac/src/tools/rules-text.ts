import { covers } from '../permission.ts'
import type { Policy } from '../policy.ts'

/** The rules that some roles have, of a permission or of all, in a form that is equal where they mean the same. */
export function rulesText(policy: Policy, roles: readonly string[], permission?: string): string {
  const lines = new Set<string>()
  for (const role of roles) {
    for (const [origin, tenants] of policy.parts.lineages.get(role) ?? []) {
      for (const { effect, pattern, when, anyTenant, fields } of policy.graph.get(origin)!.rules) {
        if (permission !== undefined && !covers(pattern, permission)) continue
        const limits = [tenants && [...tenants].toSorted(), when, anyTenant, fields]
        lines.add(JSON.stringify([effect, permission === undefined ? pattern : '', ...limits], meaning))
      }
    }
  }
  return [...lines].toSorted().join('\n')
}

/** A function is what its source says; where a condition stands makes no difference. */
function meaning(name: string, value: unknown): unknown {
  return name === 'at' ? undefined : typeof value === 'function' ? String(value) : value
}
