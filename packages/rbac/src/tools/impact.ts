import type { Principal } from '@sallyport/core'
import { compilePolicy } from '../compile-policy.ts'
import type { PolicyDocument } from '../document.ts'
import { DENIED, DEPENDS, GRANTED, wordOf, type Decision, type DecisionWord, type Policy } from '../policy.ts'
import { casePrincipal, type CasePrincipal } from './case-principal.ts'
import { questionsAbout } from './impact-questions.ts'
import { rulesText } from './rules-text.ts'

/** One thing that a new policy changes. */
export interface ImpactChange {
  /** The role, or the principal's name. A service is the role `service:<name>`. */
  readonly who: string
  /** The tenant for whose callers it changes, where it changes for some only. */
  readonly tenant?: string
  /** The permission; a pattern stands for all that it covers and neither policy names. */
  readonly permission: string
  readonly from: DecisionWord
  readonly to: DecisionWord
  /** What it is: more than before, less, or as much under another condition, or for other fields. */
  readonly effect: 'gains' | 'loses' | 'changes'
}

/** What a new policy changes. */
export interface Impact {
  /** Version of the old policy. */
  readonly before: string
  /** Version of the new one. */
  readonly after: string
  readonly changes: readonly ImpactChange[]
}

/** Options of `impact`. */
export interface ImpactOptions {
  /** People to look at besides the roles, by name: several roles together may come to something else. @default none */
  readonly principals?: Readonly<Record<string, CasePrincipal>>
}

/** From nothing to all. */
const RANK: Readonly<Record<Decision, number>> = { [DENIED]: 0, [DEPENDS]: 1, [GRANTED]: 2 }

interface Subject {
  readonly who: string
  /** One for each tenant that makes a difference. */
  readonly principals: readonly Principal[]
}

/**
 * Says who gains and who loses what when a policy takes the place of another one, before it does.
 * @throws SecurityError ERR_OPTION for a policy that is wrong
 */
export function impact(before: PolicyDocument, after: PolicyDocument, options: ImpactOptions = {}): Impact {
  const old = compilePolicy(before)
  const next = compilePolicy(after)
  const questions = questionsAbout(old, next)
  const changes = subjectsOf(old, next, options.principals ?? {}).flatMap((subject) =>
    [...questions].flatMap(([permission, shown]) => changesOf(subject, permission, shown, old, next)),
  )
  return { before: old.version, after: next.version, changes }
}

function changesOf(subject: Subject, permission: string, shown: string, old: Policy, next: Policy): ImpactChange[] {
  const { who, principals } = subject
  const found = principals.flatMap((principal) => {
    const from = decisionOf(old, principal, permission)
    const to = decisionOf(next, principal, permission)
    const same = from === to && sameTerms(from, permission, principal, old, next)
    if (same) return []
    const effect = RANK[to] > RANK[from] ? 'gains' : RANK[to] < RANK[from] ? 'loses' : 'changes'
    const change: ImpactChange = { who, permission: shown, from: wordOf(from), to: wordOf(to), effect }
    return [{ change, tenant: principal.tenant }]
  })
  const everywhere =
    found.length === principals.length && new Set(found.map(({ change }) => JSON.stringify(change))).size === 1
  if (everywhere) return [found[0]!.change]
  return found.map(({ change, tenant }) => (tenant === undefined ? change : { ...change, tenant }))
}

/** Whether what is granted, or depends, does so in the same way. */
function sameTerms(decision: Decision, permission: string, principal: Principal, old: Policy, next: Policy): boolean {
  if (decision === DENIED) return true
  const [before, after] = [old, next].map((policy) => {
    const target = policy.target(permission)!
    return {
      limited: policy.fieldLimit(principal, principal.roles, target) !== undefined,
      tenant: target.tenantField?.join('.'),
    }
  }) as [{ limited: boolean; tenant?: string }, { limited: boolean; tenant?: string }]
  if (decision === GRANTED && !before.limited && !after.limited) return true
  const { roles } = principal
  return before.tenant === after.tenant && rulesText(old, roles, permission) === rulesText(next, roles, permission)
}

function decisionOf(policy: Policy, principal: Principal, permission: string): Decision {
  const target = policy.target(permission)
  return target === undefined ? DENIED : policy.decide(principal, principal.roles, target)
}

function subjectsOf(old: Policy, next: Policy, given: NonNullable<ImpactOptions['principals']>): Subject[] {
  const tenants = [undefined, ...new Set([...tenantsOf(old), ...tenantsOf(next)])]
  const names = [...new Set([...old.graph.keys(), ...next.graph.keys()])]
  const roles = names
    .filter((role) => rulesText(old, [role]) !== rulesText(next, [role]) || !sameSurroundings(old, next))
    .map((role) => ({
      who: role,
      principals: tenants.map((tenant) =>
        casePrincipal('impact', role, { roles: [role], ...(tenant !== undefined && { tenant }) }),
      ),
    }))
  const people = Object.entries(given).map(([name, one]) => {
    const principal = casePrincipal('impact', `principals.${name}`, one)
    return { who: name, principals: [principal] }
  })
  return [...roles, ...people]
}

function tenantsOf({ graph }: Policy): string[] {
  return [...graph.values()].flatMap(({ tenants }) => [...(tenants ?? [])])
}

/** What changes every role's decisions without changing its rules. */
function sameSurroundings(old: Policy, next: Policy): boolean {
  const parts = ({ parts: { catalogue, tenancy } }: Policy): string =>
    JSON.stringify([catalogue && [...catalogue], [...tenancy]])
  return parts(old) === parts(next)
}
