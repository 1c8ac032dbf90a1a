import type { Cell, TenantField } from './grant.ts'
import type { Holders, PatternIndex } from './pattern-index.ts'
import { sidesCovering, sidesOf } from './permission.ts'
import type { RuleIndex } from './rule-index.ts'

/** What decides about one permission. */
export interface Target {
  readonly permission: string
  /** Place in the policy's list of permissions; -1 for one that found no room there. */
  readonly index: number
  /** Whether roles and scopes decide it alone: no conditions, no deny rules, no tenants. */
  readonly plain: boolean
  /** Roles that have a rule without conditions, those that inherit it included. */
  readonly free: readonly Holders[]
  readonly allow: readonly Cell[]
  readonly deny: readonly Cell[]
  readonly veils: readonly Cell[]
  /** Whether fields play a part. */
  readonly limited: boolean
  readonly tenantField: TenantField
  /** Mapped scopes that cover it. */
  readonly scopes: readonly Holders[]
  /** Whether a scope that is called like the permission covers it. */
  readonly literalScope: boolean
}

/** What targets are made of. */
export interface TargetParts {
  readonly allow: RuleIndex
  readonly deny: RuleIndex
  /** Deny rules that hide fields and leave the permission. */
  readonly veils: RuleIndex
  /** What the scopes that are mapped cover; nothing where scopes do not limit. */
  readonly scopes: { readonly mapped: ReadonlySet<string>; readonly index: PatternIndex<Map<string, true>> } | undefined
  /** Where objects have their tenant, by resource or pattern of resources. */
  readonly tenancy: ReadonlyMap<string, readonly string[]>
  /** The only permissions there are; nothing where any well-formed one is. */
  readonly catalogue: ReadonlySet<string> | undefined
}

/** How many permissions are remembered that the policy does not name. They may come from requests, so there is an end to them. */
const UNNAMED = 4096

/** The permissions that were asked for, each with what decides about it. */
export class TargetList {
  readonly #parts: TargetParts
  readonly #listed = new Map<string, Target>()
  #roomForUnnamed = UNNAMED

  constructor(parts: TargetParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#listed.size
  }

  find(permission: string): Target | undefined {
    return this.#listed.get(permission)
  }

  /** @param permission a well-formed one that is not in the list */
  add(permission: string): Target {
    if (!this.#hasRoomFor(permission)) return this.#make(permission, -1)
    // A copy, because a slice of a request's body would keep the whole body alive.
    const own = copyOf(permission)
    const target = this.#make(own, this.#listed.size)
    this.#listed.set(own, target)
    return target
  }

  #hasRoomFor(permission: string): boolean {
    if (this.#parts.catalogue !== undefined || this.#parts.allow.has(permission)) return true
    if (this.#roomForUnnamed === 0) return false
    this.#roomForUnnamed--
    return true
  }

  #make(permission: string, index: number): Target {
    const { allow, deny, veils, scopes } = this.#parts
    const cells = allow.covering(permission)
    const denials = deny.covering(permission)
    const hiding = veils.covering(permission)
    const tenantField = this.#tenantField(permission)
    const bound = cells.some((cell) => cell.bound.size > 0)
    return {
      permission,
      index,
      plain: !bound && denials.length === 0 && tenantField === undefined,
      free: cells.map(({ free }) => free).filter(({ size }) => size > 0),
      allow: cells,
      deny: denials,
      veils: hiding,
      limited: hiding.length > 0 || cells.some(({ limited }) => limited),
      tenantField,
      scopes: scopes?.index.covering(permission) ?? [],
      literalScope: scopes?.mapped.has(permission) !== true,
    }
  }

  #tenantField(permission: string): TenantField {
    const { resource } = sidesOf(permission)
    if (resource === undefined || this.#parts.tenancy.size === 0) return undefined
    for (const side of sidesCovering(resource)) {
      const path = this.#parts.tenancy.get(side)
      if (path !== undefined) return path
    }
    return undefined
  }
}

/** The same characters in memory of their own; well-formed permissions are ASCII. */
function copyOf(permission: string): string {
  return Buffer.from(permission, 'latin1').toString('latin1')
}
