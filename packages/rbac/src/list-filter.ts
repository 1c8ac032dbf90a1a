import type { Principal } from '@sallyport/core'
import type { Comparison, Formula, Term } from './condition.ts'
import { rbacError } from './errors.ts'
import { FALSE, termValue, TRUE, truthOf } from './truth.ts'
import { GRANTED, type Policy } from './policy.ts'
import { admits, type Cell, type Grant } from './grant.ts'
import type { Target } from './target.ts'

/** A value in a query. */
export type FilterValue = string | number | boolean

/**
 * A rule with all that is known of the caller filled in: what is left to ask of each object. Neutral, for any query builder; a row belongs to
 * the list where it is true by SQL's own three values, so `null` columns need no care.
 */
export type FilterCondition =
  | { readonly op: 'always' | 'never' }
  | { readonly op: 'and' | 'or'; readonly parts: readonly FilterCondition[] }
  | { readonly op: 'not'; readonly part: FilterCondition }
  | { readonly op: Comparison; readonly field: string; readonly value: FilterValue }
  /** Two fields of the object compared. */
  | { readonly op: Comparison; readonly field: string; readonly otherField: string }
  | { readonly op: 'in'; readonly field: string; readonly values: readonly FilterValue[] }
  /** The field is a list that holds the value. */
  | { readonly op: 'contains'; readonly field: string; readonly value: FilterValue }
  /** The field is a list that holds what the other field has. */
  | { readonly op: 'contains'; readonly field: string; readonly otherField: string }
  /** The field has no value. */
  | { readonly op: 'null'; readonly field: string }

const ALWAYS: FilterCondition = { op: 'always' }
const NEVER: FilterCondition = { op: 'never' }

function both(...parts: readonly FilterCondition[]): FilterCondition {
  return joined('and', parts, ALWAYS, NEVER)
}

function any(...parts: readonly FilterCondition[]): FilterCondition {
  return joined('or', parts, NEVER, ALWAYS)
}

function not(part: FilterCondition): FilterCondition {
  return part.op === 'always' ? NEVER : part.op === 'never' ? ALWAYS : { op: 'not', part }
}

function joined(
  op: 'and' | 'or',
  parts: readonly FilterCondition[],
  neutral: FilterCondition,
  deciding: FilterCondition,
): FilterCondition {
  if (parts.some((part) => part.op === deciding.op)) return deciding
  const left = parts.filter((part) => part.op !== neutral.op)
  return left.length === 0 ? neutral : left.length === 1 ? left[0]! : { op, parts: left }
}

/** With the sides exchanged. */
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  lte: 'gte',
  gt: 'lt',
  gte: 'lte',
}

/**
 * Fills what is known of a caller into a condition.
 *
 * What cannot be told whatever the object (a caller without the tenant that is asked for) becomes what keeps objects out: `never`, or
 * `always` where the condition stands under a `not`, or in a deny rule.
 * @param keepsOut what that is here
 * @throws SecurityError ERR_RBAC_UNFILTERABLE (500) for a function
 */
function bindCondition(formula: Formula, principal: Principal, keepsOut: FilterCondition): FilterCondition {
  switch (formula.kind) {
    case 'and':
      return both(...formula.parts.map((part) => bindCondition(part, principal, keepsOut)))
    case 'or':
      return any(...formula.parts.map((part) => bindCondition(part, principal, keepsOut)))
    case 'not':
      return not(bindCondition(formula.part, principal, keepsOut === NEVER ? ALWAYS : NEVER))
    case 'test':
      throw rbacError('ERR_RBAC_UNFILTERABLE', {
        message: `${formula.at} is a function, which no query can ask; write the condition as data, or filter with matches()`,
      })
    case 'compare': {
      const { op, left, right } = formula
      if (left.kind === 'object') return bindComparison(op, left, right, principal, keepsOut)
      if (right.kind === 'object') return bindComparison(MIRRORED[op], right, left, principal, keepsOut)
      return known(formula, principal, keepsOut)
    }
    case 'in':
      return bindMembership(formula, principal, keepsOut)
  }
}

function known(formula: Formula, principal: Principal, keepsOut: FilterCondition): FilterCondition {
  const truth = truthOf(formula, principal, undefined)
  return truth === TRUE ? ALWAYS : truth === FALSE ? NEVER : keepsOut
}

function bindComparison(
  op: Comparison,
  { text: field }: Exclude<Term, { kind: 'value' }>,
  other: Term,
  principal: Principal,
  keepsOut: FilterCondition,
): FilterCondition {
  if (other.kind === 'object') return { op, field, otherField: other.text }
  if (other.kind === 'value' && other.value === null) {
    const isNull: FilterCondition = { op: 'null', field }
    return op === 'eq' ? isNull : not(isNull)
  }
  const value = termValue(other, principal, undefined)
  const usable = isValue(value) && (op === 'eq' || op === 'ne' || typeof value !== 'boolean')
  return usable ? { op, field, value } : keepsOut
}

function bindMembership(
  formula: Extract<Formula, { kind: 'in' }>,
  principal: Principal,
  keepsOut: FilterCondition,
): FilterCondition {
  const { item, list } = formula
  if (list.kind === 'object') {
    if (item.kind === 'object') return { op: 'contains', field: list.text, otherField: item.text }
    const value = termValue(item, principal, undefined)
    return isValue(value) ? { op: 'contains', field: list.text, value } : keepsOut
  }
  if (item.kind !== 'object') return known(formula, principal, keepsOut)
  const given: unknown = termValue(list, principal, undefined)
  if (!Array.isArray(given)) return keepsOut
  const values = given.filter(isValue)
  const found: FilterCondition = values.length === 0 ? NEVER : { op: 'in', field: item.text, values }
  // Whether the field is equal to what has another kind cannot be told, here as in SQL.
  const sure = values.length === given.length && new Set(values.map((value) => typeof value)).size < 2
  return sure ? found : any(found, keepsOut)
}

function isValue(value: unknown): value is FilterValue {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/** Which objects of a list a caller may have. */
export interface ListFilter {
  /**
   * What a query must demand of each object.
   * @throws SecurityError ERR_RBAC_UNFILTERABLE (500) where a rule that matters is a function
   */
  readonly condition: FilterCondition
  /** Whether one object belongs to the list; ready to be handed to `Array.prototype.filter`. */
  readonly matches: (object: object) => boolean
}

/** @param roles those of the principal, and its service's */
export function filterOf(policy: Policy, principal: Principal, roles: readonly string[], target: Target): ListFilter {
  return {
    get condition() {
      return conditionOf(policy, principal, roles, target)
    },
    matches: (object) => policy.decide(principal, roles, target, object) === GRANTED,
  }
}

export const NOTHING: ListFilter = Object.freeze({ condition: NEVER, matches: () => false })

function conditionOf(policy: Policy, principal: Principal, roles: readonly string[], target: Target): FilterCondition {
  if (!Array.isArray(roles) || !policy.inScope(principal.scopes, target)) return NEVER
  const own = ownTenant(principal, target)
  const held = roles as readonly string[]
  const allow = boundTo(target.allow, held, own, (grant) => bindGrant(grant, principal, own, NEVER))
  if (allow.op === 'never') return NEVER
  return both(allow, not(boundTo(target.deny, held, ALWAYS, (grant) => bindGrant(grant, principal, ALWAYS, ALWAYS))))
}

function boundTo(
  cells: readonly Cell[],
  roles: readonly string[],
  free: FilterCondition,
  bind: (grant: Grant) => FilterCondition,
): FilterCondition {
  const parts: FilterCondition[] = []
  if (cells.some((cell) => roles.some((role) => cell.free.has(role)))) parts.push(free)
  for (const { bound } of cells) {
    for (const role of roles) {
      for (const grant of bound.get(role) ?? []) {
        // What is granted on every object needs no condition, not even one that no query could ask.
        if (parts.some(({ op }) => op === 'always')) return ALWAYS
        parts.push(bind(grant))
      }
    }
  }
  return any(...parts)
}

function bindGrant(
  { rule, tenants }: Grant,
  principal: Principal,
  own: FilterCondition,
  keepsOut: FilterCondition,
): FilterCondition {
  if (!admits(tenants, principal.tenant)) return NEVER
  const when = rule.when === undefined ? ALWAYS : bindCondition(rule.when, principal, keepsOut)
  return rule.anyTenant ? when : both(own, when)
}

function ownTenant({ tenant }: Principal, { tenantField }: Target): FilterCondition {
  if (tenantField === undefined) return ALWAYS
  return typeof tenant === 'string' ? { op: 'eq', field: tenantField.join('.'), value: tenant } : NEVER
}
