import type { Principal } from '@sallyport/core'
import type { FieldLimit, FieldList } from './fields.ts'
import { cellsTruth, grantTruth, ownTenant, type Cell, type Grant } from './grant.ts'
import { anyHolds } from './pattern-index.ts'
import { isPermission } from './permission.ts'
import type { Lineage, RoleGraph } from './role-graph.ts'
import { TargetList, type Target, type TargetParts } from './target.ts'
import { FALSE, TRUE } from './truth.ts'

/** What came of a question. */
export type Decision = typeof DENIED | typeof GRANTED | typeof DEPENDS

/** No rule grants it, a rule denies it, or a scope does not cover it, whatever the object. */
export const DENIED = 0
/** Granted, whatever the object. */
export const GRANTED = 1
/** It depends on an object that was not given, or on something of it that cannot be told. Nobody is let in by it. */
export const DEPENDS = 2

/** A decision in a word. */
export type DecisionWord = 'denied' | 'granted' | 'depends'

export function wordOf(decision: Decision): DecisionWord {
  return decision === GRANTED ? 'granted' : decision === DENIED ? 'denied' : 'depends'
}

/** What a policy is made of, checked. */
export interface PolicyParts extends TargetParts {
  readonly graph: RoleGraph
  readonly lineages: ReadonlyMap<string, Lineage>
  /** Names of the services. */
  readonly services: ReadonlySet<string>
  /** Makes the digest of what the policy says. */
  readonly version: () => string
}

/** A compiled policy. Never changes: a new one replaces it. */
export class Policy {
  readonly parts: PolicyParts
  readonly #targets: TargetList

  constructor(parts: PolicyParts) {
    this.parts = parts
    this.#targets = new TargetList(parts)
  }

  get graph(): RoleGraph {
    return this.parts.graph
  }

  get catalogue(): ReadonlySet<string> | undefined {
    return this.parts.catalogue
  }

  /** A digest of what the policy says: the same on all nodes, another one for every other policy. */
  get version(): string {
    return this.parts.version()
  }

  /** How many permissions were asked for so far and are remembered. The list only grows, and each keeps its place. */
  get size(): number {
    return this.#targets.size
  }

  /** What grants a permission; `undefined` for what is none: malformed, or not in the catalogue. */
  target(permission: string): Target | undefined {
    const listed = this.#targets.find(permission)
    if (listed !== undefined) return listed
    const { catalogue } = this.parts
    if (catalogue ? !catalogue.has(permission) : !isPermission(permission)) return undefined
    return this.#targets.add(permission)
  }

  /**
   * Decides: roles and rules, scopes, tenant and conditions together. What is not the list that a principal has by type grants nothing.
   * @param roles those of the principal, and its service's
   */
  decide(principal: Principal, roles: readonly string[], target: Target, object?: unknown): Decision {
    if (!Array.isArray(roles)) return DENIED
    if (target.plain) return anyHolds(target.free, roles) && this.inScope(principal.scopes, target) ? GRANTED : DENIED
    const { allow, deny, tenantField } = target
    const denied = deny.length === 0 ? FALSE : cellsTruth(deny, principal, roles, object, undefined)
    if (denied === TRUE) return DENIED
    const allowed = cellsTruth(allow, principal, roles, object, tenantField)
    if (allowed === FALSE || !this.inScope(principal.scopes, target)) return DENIED
    return allowed === TRUE && denied === FALSE ? GRANTED : DEPENDS
  }

  /** The scope to ask an issuer for: the first in the map that covers the permission, else the one that is called like it. */
  scopeFor(target: Target): string {
    for (const scope of this.parts.scopes?.mapped ?? []) {
      if (target.scopes.some((holders) => holders.has(scope))) return scope
    }
    return target.permission
  }

  inScope(scopes: readonly string[] | undefined, target: Target): boolean {
    if (scopes === undefined || this.parts.scopes === undefined) return true
    if (!Array.isArray(scopes)) return false
    return (target.literalScope && scopes.includes(target.permission)) || anyHolds(target.scopes, scopes)
  }

  /**
   * Which fields whoever has the permission may see or write; nothing where it is all of them. Without the object the limit is the one that
   * is certain not to be too wide.
   */
  fieldLimit(principal: Principal, roles: readonly string[], target: Target, object?: unknown): FieldLimit | undefined {
    if (!target.limited) return undefined
    const { tenantField } = target
    const hidden = target.veils
      .flatMap((cell) => grantsOf(cell, roles))
      .filter((grant) => grantTruth(grant, principal, object, undefined) !== FALSE)
      .map(({ rule }) => rule.fields!)
    const open = target.allow
      .flatMap((cell) => grantsOf(cell, roles))
      .map((grant) => ({ fields: grant.rule.fields, truth: grantTruth(grant, principal, object, tenantField) }))
      .filter(({ truth }) => truth !== FALSE)
    // Whichever of them holds in the end, it has no limit.
    if (hidden.length === 0 && open.every(({ fields }) => fields === undefined)) return undefined
    const holding = open.filter(({ truth }) => truth === TRUE)
    const whole =
      holding.some(({ fields }) => fields === undefined) ||
      (anyHolds(target.free, roles) && ownTenant(principal, object, tenantField) === TRUE)
    if (whole && hidden.length === 0) return undefined
    return { allowed: whole ? ALL : holding.map(({ fields }) => fields!), hidden }
  }
}

const ALL: readonly FieldList[] = [{ includes: [[]], excludes: [] }]

function grantsOf({ bound }: Cell, roles: readonly string[]): readonly Grant[] {
  return roles.flatMap((role) => bound.get(role) ?? [])
}
