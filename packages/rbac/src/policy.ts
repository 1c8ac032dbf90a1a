import type { Principal } from '@sallyport/core'
import { anyHolds, type Grants, type Holders } from './grants.ts'
import { isPermission } from './permission.ts'
import type { RoleGraph } from './role-graph.ts'

/** What grants one permission. */
export interface Target {
  readonly permission: string
  /** Place in the policy's list of permissions; -1 for one that found no room there. */
  readonly index: number
  /** Roles that grant it, those that inherit it included. */
  readonly roles: readonly Holders[]
  /** Mapped scopes that cover it. */
  readonly scopes: readonly Holders[]
  /** Whether a scope that is called like the permission covers it. */
  readonly literalScope: boolean
}

/** What a policy is made of, checked. */
export interface PolicyParts {
  readonly graph: RoleGraph
  readonly lineages: ReadonlyMap<string, ReadonlySet<string>>
  readonly roles: Grants
  /** Names of the scopes that are mapped, with what they cover; nothing where scopes do not limit. */
  readonly scopes: { readonly mapped: ReadonlySet<string>; readonly grants: Grants } | undefined
  /** The only permissions there are; nothing where any well-formed one is. */
  readonly catalogue: ReadonlySet<string> | undefined
}

/** How many permissions are remembered that the policy does not name. They may come from requests, so there is an end to them. */
const UNNAMED = 4096

/** A compiled policy. Never changes: a new one replaces it. */
export class Policy {
  readonly graph: RoleGraph
  readonly lineages: ReadonlyMap<string, ReadonlySet<string>>
  readonly catalogue: ReadonlySet<string> | undefined
  readonly #parts: PolicyParts
  readonly #listed = new Map<string, Target>()
  #roomForUnnamed = UNNAMED

  constructor(parts: PolicyParts) {
    this.graph = parts.graph
    this.lineages = parts.lineages
    this.catalogue = parts.catalogue
    this.#parts = parts
  }

  /** How many permissions were asked for so far and are remembered. The list only grows, and each keeps its place. */
  get size(): number {
    return this.#listed.size
  }

  /** What grants a permission; `undefined` for what is none: malformed, or not in the catalogue. */
  target(permission: string): Target | undefined {
    const listed = this.#listed.get(permission)
    if (listed !== undefined) return listed
    const { catalogue } = this
    if (catalogue ? !catalogue.has(permission) : !isPermission(permission)) return undefined
    // A copy, because a slice of a request's body would keep the whole body alive.
    return this.#hasRoomFor(permission) ? this.#add(copyOf(permission)) : this.#targetOf(permission, -1)
  }

  /** Whether roles and scopes together grant it. What is not the list that a principal has by type grants nothing. */
  allows({ roles, scopes }: Pick<Principal, 'roles' | 'scopes'>, target: Target): boolean {
    return Array.isArray(roles) && anyHolds(target.roles, roles) && this.#inScope(scopes, target)
  }

  /** Whether the roles grant it, whatever the scopes say. */
  rolesAllow({ roles }: Pick<Principal, 'roles'>, target: Target): boolean {
    return Array.isArray(roles) && anyHolds(target.roles, roles)
  }

  /** The scope to ask an issuer for: the first in the map that covers the permission, else the one that is called like it. */
  scopeFor(target: Target): string {
    for (const scope of this.#parts.scopes?.mapped ?? []) {
      if (target.scopes.some((holders) => holders.has(scope))) return scope
    }
    return target.permission
  }

  #inScope(scopes: readonly string[] | undefined, target: Target): boolean {
    if (scopes === undefined || this.#parts.scopes === undefined) return true
    if (!Array.isArray(scopes)) return false
    return (target.literalScope && scopes.includes(target.permission)) || anyHolds(target.scopes, scopes)
  }

  #hasRoomFor(permission: string): boolean {
    if (this.catalogue !== undefined || this.#parts.roles.names(permission)) return true
    if (this.#roomForUnnamed === 0) return false
    this.#roomForUnnamed--
    return true
  }

  #add(permission: string): Target {
    const target = this.#targetOf(permission, this.#listed.size)
    this.#listed.set(permission, target)
    return target
  }

  #targetOf(permission: string, index: number): Target {
    const { roles, scopes } = this.#parts
    return {
      permission,
      index,
      roles: roles.covering(permission),
      scopes: scopes?.grants.covering(permission) ?? [],
      literalScope: scopes?.mapped.has(permission) !== true,
    }
  }
}

/** The same characters in memory of their own; well-formed permissions are ASCII. */
function copyOf(permission: string): string {
  return Buffer.from(permission, 'latin1').toString('latin1')
}
