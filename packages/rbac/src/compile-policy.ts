import { checkOptions, nearest, optionError } from '@sallyport/core'
import { Grants } from './grants.ts'
import { roleRule, roleRules, type RbacOptions } from './options.ts'
import { parsePattern, patternsOf, PATTERN_FORM, type Pattern } from './permission.ts'
import { Policy } from './policy.ts'
import { lineagesOf, type RoleGraph, type RoleNode } from './role-graph.ts'

/** Patterns that the catalogue allows; nothing where any well-formed one is. */
type Accepted = ReadonlySet<string> | undefined

/** Characters of a scope (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Makes a policy of options whose shape was checked.
 * @throws SecurityError ERR_OPTION for a malformed or unknown permission, an unknown role and a cycle
 */
export function compilePolicy(options: RbacOptions): Policy {
  const catalogue = options.permissions && new Set(options.permissions)
  const accepted = catalogue && patternsOf(catalogue)
  const graph = readRoles(options.roles, accepted)
  const lineages = lineagesOf(graph)
  const roles = new Grants()
  for (const [role, lineage] of lineages) {
    for (const ancestor of lineage) for (const pattern of graph.get(ancestor)!.allow) roles.add(role, pattern)
  }
  return new Policy({ graph, lineages, roles, scopes: readScopes(options.scopes, accepted), catalogue })
}

function readRoles(given: RbacOptions['roles'], accepted: Accepted): RoleGraph {
  const graph = new Map<string, RoleNode>()
  for (const [role, definition] of Object.entries<unknown>(given)) {
    const at = `roles.${role}`
    if (role === '') throw optionError('rbac', 'roles', role, { accepts: 'names that are not empty' })
    if (!roleRule.test(definition)) throw optionError('rbac', at, definition, roleRule)
    if (Array.isArray(definition)) {
      graph.set(role, { inherits: [], allow: readPatterns(at, definition, accepted) })
      continue
    }
    checkOptions<{ inherits?: readonly string[]; allow?: readonly string[] }>(`rbac: ${at}`, definition, roleRules)
    const { inherits = [], allow = [] } = definition
    graph.set(role, { inherits: [...inherits], allow: readPatterns(`${at}.allow`, allow, accepted) })
  }
  return graph
}

function readScopes(
  given: RbacOptions['scopes'],
  accepted: Accepted,
): ConstructorParameters<typeof Policy>[0]['scopes'] {
  if (given === 'ignore') return undefined
  const grants = new Grants()
  const mapped = new Set<string>()
  for (const [scope, patterns] of Object.entries<unknown>(typeof given === 'object' ? given : {})) {
    const at = `scopes.${scope}`
    if (!SCOPE.test(scope))
      throw optionError('rbac', 'scopes', scope, {
        accepts: 'scopes as RFC 6749 has them: no space, quote or backslash',
      })
    if (!roleRules.allow.test(patterns)) throw optionError('rbac', at, patterns, roleRules.allow)
    mapped.add(scope)
    for (const pattern of readPatterns(at, patterns as string[], accepted)) grants.add(scope, pattern)
  }
  return { mapped, grants }
}

function readPatterns(at: string, given: readonly string[], accepted: Accepted): Pattern[] {
  return given.map((text, i) => {
    const pattern = parsePattern(text)
    if (pattern === undefined) throw optionError('rbac', `${at}[${i}]`, text, { accepts: PATTERN_FORM })
    if (accepted !== undefined && !accepted.has(text)) throw unknownPermission(`${at}[${i}]`, text, accepted)
    return pattern
  })
}

function unknownPermission(at: string, given: string, accepted: Iterable<string>): Error {
  const meant = nearest(given, [...accepted])
  return optionError('rbac', at, given, {
    accepts: `what the catalogue \`permissions\` holds${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  })
}
