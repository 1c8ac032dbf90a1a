import type { Principal } from '@sallyport/core'
import type { Formula, Term } from './condition.ts'
import { DENIED, wordOf, type DecisionWord, type Policy } from './policy.ts'
import { admits, grantTruth, ownTenant, type Cell, type Grant } from './grant.ts'
import { placeText, type Effect } from './rule.ts'
import type { Target } from './target.ts'
import { FALSE, TRUE, type Truth } from './truth.ts'

/** What decided. */
export type Reason =
  /** A rule grants it, whatever the object or for this one. */
  | 'granted'
  /** Nobody is authenticated. */
  | 'nobody'
  /** It is no permission: malformed, or not in the catalogue. */
  | 'unknown-permission'
  /** None of the caller's roles has a rule for it. */
  | 'no-role'
  /** A deny rule holds, or may hold. */
  | 'denied-by-rule'
  /** The credential's scopes do not cover it. */
  | 'out-of-scope'
  /** The role counts for other tenants, or the object is of another one. */
  | 'other-tenant'
  /** The rule's condition does not hold for the object. */
  | 'condition'
  /** It depends on the object, and none was given. */
  | 'needs-object'

/** The rule that decided, or would have if what it demands were so. */
export interface RuleTrace {
  readonly effect: Effect
  /** The caller's role. */
  readonly role: string
  /** The role in which the rule is written, where that is another one: inherited. */
  readonly through?: string
  /** The rule's pattern. */
  readonly permission: string
  /** The rule's place in the policy: `roles.clerk.allow[0]`. */
  readonly at: string
  /** What it demands, in words: names of fields, no values of an object. */
  readonly condition?: string
}

/** Why a permission is granted or denied. For whoever runs the app; a client must not see it. */
export interface Explanation {
  readonly permission: string
  readonly decision: DecisionWord
  readonly reason: Reason
  readonly rule?: RuleTrace
  /** Roles that have a rule for it, the first 20; only where the caller has none. */
  readonly rolesThatGrant?: readonly string[]
  /** The scope that the credential would need; only where a scope is all that is missing. */
  readonly scopeToAskFor?: string
  /** Version of the policy. */
  readonly policy: string
  /** All of it in one line. */
  readonly text: string
}

const MOST_ROLES = 20

/** @param roles those of the principal, and its service's */
export function explain(
  policy: Policy,
  principal: Principal | undefined,
  roles: readonly string[],
  permission: string,
  object?: unknown,
): Explanation {
  const made = (decision: DecisionWord, reason: Reason, why: string, more: Partial<Explanation> = {}): Explanation => ({
    permission,
    decision,
    reason,
    ...more,
    policy: policy.version,
    text: `${permission} ${decision === 'depends' ? 'depends on the object' : decision}: ${why}`,
  })
  if (!principal) return made('denied', 'nobody', 'nobody is authenticated')
  const target = policy.target(permission)
  if (!target) {
    return made('denied', 'unknown-permission', policy.catalogue ? 'it is not in the catalogue' : 'it is malformed')
  }
  const held: readonly string[] = Array.isArray(roles) ? roles : []
  const decision = policy.decide(principal, held, target, object)
  const deny = strongest(target.deny, held, (grant) => grantTruth(grant, principal, object, undefined))
  const allow = strongest(target.allow, held, (grant) => grantTruth(grant, principal, object, target.tenantField))
  if (deny && (deny.truth === TRUE || (allow?.truth === TRUE && deny.truth !== FALSE))) {
    const blind = object === undefined && deny.truth !== TRUE
    const doubt = blind ? ', unless its condition is found not to hold' : ''
    return made(
      blind ? wordOf(decision) : 'denied',
      blind ? 'needs-object' : 'denied-by-rule',
      `${words(deny)}${doubt}`,
      {
        rule: trace(deny),
      },
    )
  }
  if (!allow) {
    return made('denied', 'no-role', `no role of ${list(principal.roles)} grants it`, {
      rolesThatGrant: grantors(target),
    })
  }
  const rule = trace(allow)
  if (allow.truth === TRUE) {
    if (decision !== DENIED) return made('granted', 'granted', words(allow), { rule })
    const scopeToAskFor = policy.scopeFor(target)
    const why = `${words(allow)}, but no scope of ${list(principal.scopes)} covers it`
    return made('denied', 'out-of-scope', why, { rule, scopeToAskFor })
  }
  if (allow.truth !== FALSE && object === undefined && decision !== DENIED) {
    return made('depends', 'needs-object', words(allow), { rule })
  }
  const foreign =
    !admits(allow.grant.tenants, principal.tenant) ||
    (!allow.grant.rule.anyTenant && ownTenant(principal, object, target.tenantField) === FALSE)
  if (foreign) return made('denied', 'other-tenant', `${words(allow)}, but not for this tenant`, { rule })
  return made('denied', 'condition', `${words(allow)}, which does not hold or cannot be told`, { rule })
}

interface Found {
  readonly role: string
  readonly grant: Grant
  readonly truth: Truth
}

/** The rule that says most: one that holds, else one that may, else one that does not. */
function strongest(
  cells: readonly Cell[],
  roles: readonly string[],
  truthOf: (grant: Grant) => Truth,
): Found | undefined {
  let best: Found | undefined
  for (const role of roles) {
    for (const { free, bound } of cells) {
      const whole = free.get(role)
      for (const grant of [...(whole ? [whole] : []), ...(bound.get(role) ?? [])]) {
        const truth = truthOf(grant)
        if (truth === TRUE) return { role, grant, truth }
        if (best === undefined || (best.truth === FALSE && truth !== FALSE)) best = { role, grant, truth }
      }
    }
  }
  return best
}

function trace({ role, grant: { rule } }: Found): RuleTrace {
  return {
    effect: rule.effect,
    role,
    ...(rule.role !== role && { through: rule.role }),
    permission: rule.pattern,
    at: placeText(rule),
    ...(rule.when && { condition: wordsOf(rule.when) }),
  }
}

function words(found: Found): string {
  const { effect, role, through, permission, condition } = trace(found)
  const source = `role ${role}${through === undefined ? '' : ` through ${through}`}`
  return `${source} ${effect === 'deny' ? 'denies' : 'has'} ${permission}${condition === undefined ? '' : ` when ${condition}`}`
}

function grantors({ allow }: Target): readonly string[] {
  const roles = new Set<string>()
  for (const { free, bound } of allow) {
    for (const names of [free.keys(), bound.keys()]) {
      for (const role of names) {
        if (roles.size === MOST_ROLES) return [...roles]
        roles.add(role)
      }
    }
  }
  return [...roles]
}

function list(names: unknown): string {
  return Array.isArray(names) ? `[${names.join(', ')}]` : 'what is no list'
}

/** A condition in words, for explanations: names of fields and what the policy itself says, no value of an object or a caller. */
function wordsOf(formula: Formula): string {
  switch (formula.kind) {
    case 'and':
    case 'or':
      return `(${formula.parts.map(wordsOf).join(` ${formula.kind} `)})`
    case 'not':
      return `not ${wordsOf(formula.part)}`
    case 'compare':
      return `${termWords(formula.left)} ${formula.op} ${termWords(formula.right)}`
    case 'in':
      return `${termWords(formula.item)} in ${termWords(formula.list)}`
    case 'test':
      return 'a function'
  }
}

function termWords(term: Term): string {
  return term.kind === 'value' ? JSON.stringify(term.value) : `${term.kind}.${term.text}`
}
