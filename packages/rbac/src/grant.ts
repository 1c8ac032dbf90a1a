import type { Principal } from '@sallyport/core'
import { valueAt } from './fields.ts'
import type { Rule } from './rule.ts'
import { compareValues, FALSE, TRUE, truthOf, UNKNOWN, type Truth } from './truth.ts'

/** A rule as one role has it, by itself or by inheritance. */
export interface Grant {
  readonly rule: Rule
  readonly tenants: TenantLimit
}

/** Who has the rules of one pattern. */
export interface Cell {
  /** Rules without any condition or limit, by role: one of them is as good as any. */
  readonly free: Map<string, Grant>
  /** The other rules, by role. */
  readonly bound: Map<string, Grant[]>
  /** Whether some of them are limited to fields. */
  limited: boolean
}

export function makeCell(): Cell {
  return { free: new Map(), bound: new Map(), limited: false }
}

/** Gives a role a rule. */
export function addGrant(cell: Cell, role: string, grant: Grant): void {
  const { rule, tenants } = grant
  if (tenants === undefined && rule.when === undefined && rule.fields === undefined && !rule.anyTenant) {
    if (!cell.free.has(role)) cell.free.set(role, grant)
    return
  }
  if (rule.fields !== undefined) cell.limited = true
  const known = cell.bound.get(role)
  if (known) known.push(grant)
  else cell.bound.set(role, [grant])
}

/** Where an object of the resource has its tenant; nothing where objects belong to no tenant. */
export type TenantField = readonly string[] | undefined

/** Whether a rule holds for a caller and an object. */
export function grantTruth(grant: Grant, principal: Principal, object: unknown, tenantField: TenantField): Truth {
  const { rule, tenants } = grant
  if (!admits(tenants, principal.tenant)) return FALSE
  const own = rule.anyTenant ? TRUE : ownTenant(principal, object, tenantField)
  if (own === FALSE || rule.when === undefined) return own
  const truth = truthOf(rule.when, principal, object)
  return truth === FALSE ? FALSE : own === UNKNOWN ? UNKNOWN : truth
}

/** Whether an object is of the caller's tenant. Neither a caller nor an object without tenant is of any. */
export function ownTenant(principal: Principal, object: unknown, tenantField: TenantField): Truth {
  return tenantField === undefined ? TRUE : compareValues('eq', valueAt(object, tenantField), principal.tenant)
}

/** Whether any rule of the cells holds for a caller with these roles. */
export function cellsTruth(
  cells: readonly Cell[],
  principal: Principal,
  roles: readonly string[],
  object: unknown,
  tenantField: TenantField,
): Truth {
  let any: Truth = FALSE
  for (let c = 0; c < cells.length; c++) {
    const { free, bound } = cells[c]!
    for (let r = 0; r < roles.length; r++) {
      const role = roles[r]!
      if (free.has(role)) {
        const truth = ownTenant(principal, object, tenantField)
        if (truth === TRUE) return TRUE
        if (truth === UNKNOWN) any = UNKNOWN
      }
      const grants = bound.size === 0 ? undefined : bound.get(role)
      if (grants === undefined) continue
      for (const grant of grants) {
        const truth = grantTruth(grant, principal, object, tenantField)
        if (truth === TRUE) return TRUE
        if (truth === UNKNOWN) any = UNKNOWN
      }
    }
  }
  return any
}

/** Tenants that something is limited to; nothing where it is not limited. */
export type TenantLimit = ReadonlySet<string> | undefined

/** What is limited twice. */
export function within(a: TenantLimit, b: TenantLimit): TenantLimit {
  if (a === undefined) return b
  if (b === undefined) return a
  return new Set([...a].filter((tenant) => b.has(tenant)))
}

/** What is reached two ways. */
export function either(a: TenantLimit, b: TenantLimit): TenantLimit {
  return a === undefined || b === undefined ? undefined : new Set([...a, ...b])
}

/** Whether a limit lets a caller's tenant pass. Who has none is of no tenant that a limit names. */
export function admits(limit: TenantLimit, tenant: string | undefined): boolean {
  return limit === undefined || (tenant !== undefined && limit.has(tenant))
}
