import { nearest, optionError } from '@sallyport/core'
import type { Rule } from './rule.ts'
import type { Steps } from './steps.ts'
import { either, within, type TenantLimit } from './grant.ts'

/** One role as the policy declares it. */
export interface RoleNode {
  readonly inherits: readonly string[]
  /** Tenants whose callers it counts for; nothing where it counts for all. */
  readonly tenants: TenantLimit
  readonly rules: readonly Rule[]
}

/** Roles by name. */
export type RoleGraph = ReadonlyMap<string, RoleNode>

/** A role with all that it inherits from, near or far, and the tenants for which it comes to that. */
export type Lineage = ReadonlyMap<string, TenantLimit>

/**
 * Every role with its lineage.
 * @throws SecurityError ERR_OPTION for an unknown role in `inherits` and for a cycle
 */
export function* lineagesOf(graph: RoleGraph): Steps<ReadonlyMap<string, Lineage>> {
  const heirs = yield* heirsOf(graph)
  const open = new Map<string, number>()
  const lineages = new Map<string, Lineage>()
  // From the ancestors down, with no recursion: a chain may be as long as a policy can be.
  const ready: string[] = []
  for (const [role, { inherits }] of graph) {
    open.set(role, inherits.length)
    if (inherits.length === 0) ready.push(role)
    yield
  }
  for (const role of ready) {
    lineages.set(role, yield* lineageOf(role, graph.get(role)!, lineages))
    for (const heir of heirs.get(role) ?? []) {
      const left = open.get(heir)! - 1
      open.set(heir, left)
      if (left === 0) ready.push(heir)
    }
  }
  if (lineages.size < graph.size) throw cycle(graph, lineages)
  return lineages
}

function* lineageOf(role: string, node: RoleNode, lineages: ReadonlyMap<string, Lineage>): Steps<Lineage> {
  const lineage = new Map<string, TenantLimit>([[role, node.tenants]])
  for (const parent of node.inherits) {
    for (const [ancestor, limit] of lineages.get(parent)!) {
      const tenants = within(node.tenants, limit)
      lineage.set(ancestor, lineage.has(ancestor) ? either(lineage.get(ancestor), tenants) : tenants)
      yield
    }
  }
  yield
  return lineage
}

function* heirsOf(graph: RoleGraph): Steps<ReadonlyMap<string, readonly string[]>> {
  const heirs = new Map<string, string[]>()
  for (const [role, { inherits }] of graph) {
    yield
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
  const places = new Map<string, number>()
  while (!places.has(role)) {
    places.set(role, path.push(role) - 1)
    role = graph.get(role)!.inherits.find((parent) => !settled.has(parent))!
  }
  const circle = [...path.slice(places.get(role)), role].join(' > ')
  const { inherits } = graph.get(role)!
  return optionError('rbac', `roles.${role}.inherits`, inherits, { accepts: `inheritance without a cycle (${circle})` })
}
