import type { Principal } from '@sallyport/core'

/** A policy without a catalogue, in its long form. */
export interface PlainPolicy {
  readonly roles: Readonly<Record<string, { readonly inherits: readonly string[]; readonly allow: readonly string[] }>>
  readonly scopes: 'limit' | 'ignore' | Readonly<Record<string, readonly string[]>>
}

/** The rules as the README states them, in the slowest and plainest way: what the compiled policy is held against. */
export function decidedByReference(policy: PlainPolicy, principal: Principal, permission: string): boolean {
  const sides = permission.split(':')
  if (sides.length > 2 || sides.some((side) => side === '' || /[*\s]/.test(side))) return false
  return (
    principal.roles.some((role) => roleGrants(policy, role, permission)) &&
    scopesCover(policy, principal.scopes, permission)
  )
}

function roleGrants(policy: PlainPolicy, role: string, permission: string): boolean {
  if (!Object.keys(policy.roles).includes(role)) return false
  const { inherits, allow } = policy.roles[role]!
  return (
    allow.some((one) => patternCovers(one, permission)) || inherits.some((one) => roleGrants(policy, one, permission))
  )
}

function scopesCover(policy: PlainPolicy, held: readonly string[] | undefined, permission: string): boolean {
  const { scopes } = policy
  if (held === undefined || scopes === 'ignore') return true
  return held.some((scope) => {
    if (scopes === 'limit' || !Object.keys(scopes).includes(scope)) return scope === permission
    return scopes[scope]!.some((one) => patternCovers(one, permission))
  })
}

function patternCovers(pattern: string, permission: string): boolean {
  if (pattern === '*') return true
  const wanted = pattern.split(':')
  const sides = permission.split(':')
  return wanted.length === sides.length && wanted.every((side, i) => side === '*' || side === sides[i])
}
