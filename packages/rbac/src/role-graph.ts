import { nearest, optionError } from '@sallyport/core'
import type { Pattern } from './permission.ts'

/** One role as the policy declares it. */
export interface RoleNode {
  readonly inherits: readonly string[]
  readonly allow: readonly Pattern[]
}

/** Roles by name. */
export type RoleGraph = ReadonlyMap<string, RoleNode>

/**
 * Every role with itself and all that it inherits from, near or far.
 * @throws SecurityError ERR_OPTION for an unknown role in `inherits` and for a cycle
 */
export function lineagesOf(graph: RoleGraph): ReadonlyMap<string, ReadonlySet<string>> {
  const heirs = heirsOf(graph)
  const open = new Map([...graph].map(([role, { inherits }]) => [role, inherits.length]))
  const lineages = new Map<string, ReadonlySet<string>>()
  // From the ancestors down, with no recursion: a chain may be as long as a policy can be.
  const ready = [...graph.keys()].filter((role) => open.get(role) === 0)
  for (const role of ready) {
    const lineage = new Set([role])
    for (const parent of graph.get(role)!.inherits) for (const ancestor of lineages.get(parent)!) lineage.add(ancestor)
    lineages.set(role, lineage)
    for (const heir of heirs.get(role) ?? []) {
      const left = open.get(heir)! - 1
      open.set(heir, left)
      if (left === 0) ready.push(heir)
    }
  }
  if (lineages.size < graph.size) throw cycle(graph, lineages)
  return lineages
}

function heirsOf(graph: RoleGraph): ReadonlyMap<string, readonly string[]> {
  const heirs = new Map<string, string[]>()
  for (const [role, { inherits }] of graph) {
    for (const [i, parent] of inherits.entries()) {
      if (!graph.has(parent)) {
        const meant = nearest(parent, [...graph.keys()])
        throw optionError('rbac', `roles.${role}.inherits[${i}]`, parent, {
          accepts: `a role of this policy${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
        })
      }
      const known = heirs.get(parent)
      if (known) known.push(role)
      else heirs.set(parent, [role])
    }
  }
  return heirs
}

function cycle(graph: RoleGraph, settled: ReadonlyMap<string, unknown>): Error {
  const path: string[] = []
  let role = [...graph.keys()].find((one) => !settled.has(one))!
  while (!path.includes(role)) {
    path.push(role)
    role = graph.get(role)!.inherits.find((parent) => !settled.has(parent))!
  }
  const circle = [...path.slice(path.indexOf(role)), role].join(' > ')
  const { inherits } = graph.get(role)!
  return optionError('rbac', `roles.${role}.inherits`, inherits, { accepts: `inheritance without a cycle (${circle})` })
}
