import type { Principal } from '@sallyport/core'
import type { Condition } from '@sallyport/rbac'

/** A rule in its long form. */
export interface PlainRule {
  readonly permission: string
  readonly when?: Condition
  readonly anyTenant?: boolean
  readonly fields?: readonly string[]
}

/** A policy without a catalogue, in its long form. */
export interface PlainPolicy {
  readonly roles: Readonly<
    Record<
      string,
      {
        readonly inherits: readonly string[]
        readonly allow: readonly PlainRule[]
        readonly deny: readonly PlainRule[]
        readonly tenants?: readonly string[]
      }
    >
  >
  readonly scopes: 'limit' | 'ignore' | Readonly<Record<string, readonly string[]>>
  readonly tenancy: Readonly<Record<string, string>>
}

export type Verdict = 'granted' | 'denied' | 'depends'

/** Kleene's logic: `undefined` is what cannot be told. */
type Truth = boolean | undefined

/** The rules as the README states them, in the slowest and plainest way: what the compiled policy is held against. */
export function decidedByReference(
  policy: PlainPolicy,
  principal: Principal,
  permission: string,
  object?: object,
): Verdict {
  const sides = permission.split(':')
  if (sides.length > 2 || sides.some((side) => !/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(side))) return 'denied'
  if (!scopesCover(policy, principal.scopes, permission)) return 'denied'
  const rules = (effect: 'allow' | 'deny'): readonly PlainRule[] =>
    principal.roles.flatMap((role) => rulesOf(policy, role, principal.tenant, effect))
  const covering = (rule: PlainRule): boolean => patternCovers(rule.permission, permission)
  const allowed = or(
    rules('allow')
      .filter(covering)
      .map((rule) =>
        and([
          rule.anyTenant ? true : ofTenant(policy, principal, permission, object),
          holds(rule.when, principal, object),
        ]),
      ),
  )
  const denied = or(
    rules('deny')
      .filter((rule) => covering(rule) && rule.fields === undefined)
      .map((rule) => holds(rule.when, principal, object)),
  )
  if (allowed === false || denied === true) return 'denied'
  if (allowed === true && denied === false) return 'granted'
  return object === undefined ? 'depends' : 'denied'
}

function rulesOf(
  policy: PlainPolicy,
  role: string,
  tenant: string | undefined,
  effect: 'allow' | 'deny',
): readonly PlainRule[] {
  if (!Object.keys(policy.roles).includes(role)) return []
  const { inherits, tenants, [effect]: own } = policy.roles[role]!
  if (tenants !== undefined && (tenant === undefined || !tenants.includes(tenant))) return []
  return [...own, ...inherits.flatMap((one) => rulesOf(policy, one, tenant, effect))]
}

function ofTenant(policy: PlainPolicy, principal: Principal, permission: string, object: object | undefined): Truth {
  if (!permission.includes(':')) return true
  const resource = permission.split(':')[0]!
  const covering = Object.keys(policy.tenancy).filter((side) => sideCovers(side, resource))
  // The narrowest: the resource itself, then the longest path, then `*`.
  const [narrowest] = covering.toSorted((a, b) => b.replace(/\*$/, '').length - a.replace(/\*$/, '').length)
  if (narrowest === undefined) return true
  return equal(fieldOf(object, policy.tenancy[narrowest]!), principal.tenant)
}

function holds(when: Condition | undefined, principal: Principal, object: object | undefined): Truth {
  if (when === undefined) return true
  if ('and' in when) return and(when.and.map((one) => holds(one, principal, object)))
  if ('or' in when) return or(when.or.map((one) => holds(one, principal, object)))
  if ('not' in when) return not(holds(when.not, principal, object))
  if ('owner' in when) return equal(fieldOf(object, when.owner), principal.subject)
  const value = (operand: unknown): unknown => valueOf(operand, principal, object)
  if ('in' in when) {
    const list = value(when.in[1])
    return Array.isArray(list) ? or(list.map((one) => equal(value(when.in[0]), one))) : undefined
  }
  const [operator, [left, right]] = Object.entries(when)[0] as [string, [unknown, unknown]]
  if (left === null || right === null) {
    const given = value(left === null ? right : left)
    return given === undefined ? undefined : (given === null) === (operator === 'eq')
  }
  const [a, b] = [value(left), value(right)] as [number, number]
  if (operator === 'eq') return equal(a, b)
  if (operator === 'ne') return not(equal(a, b))
  if (equal(a, b) === undefined || typeof a === 'boolean') return undefined
  return { lt: a < b, lte: a <= b, gt: a > b, gte: a >= b }[operator]
}

function valueOf(operand: unknown, principal: Principal, object: object | undefined): unknown {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) return operand
  if ('object' in operand) return fieldOf(object, String(operand.object))
  return fieldOf(principal, (operand as { principal: string }).principal) ?? null
}

function fieldOf(object: object | undefined, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    return Object.entries(Object(value) as object).find(([own]) => own === name)?.[1]
  }, object)
}

function equal(a: unknown, b: unknown): Truth {
  const kind = typeof a
  if (kind !== typeof b || !['string', 'number', 'boolean'].includes(kind)) return undefined
  return Number.isNaN(a) || Number.isNaN(b) ? undefined : a === b
}

function and(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true
}

function or(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
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
  return wanted.length === sides.length && wanted.every((side, i) => sideCovers(side, sides[i]!))
}

function sideCovers(side: string, name: string): boolean {
  if (side === '*' || side === name) return true
  if (!side.endsWith('/*')) return false
  const above = side.slice(0, -2).split('/')
  const parts = name.split('/')
  return parts.length > above.length && above.every((part, i) => part === parts[i])
}
