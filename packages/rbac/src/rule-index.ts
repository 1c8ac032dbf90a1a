import { addGrant, makeCell, type Cell } from './grant.ts'
import { patternsCovering } from './permission.ts'
import type { Lineage } from './role-graph.ts'
import type { Rule } from './rule.ts'
import type { Steps } from './steps.ts'

/** Who has a role's rules: the role itself, and all that inherit from it. */
export type Holdings = ReadonlyMap<string, readonly string[]>

/** Turns lineages around. */
export function* holdingsOf(lineages: ReadonlyMap<string, Lineage>): Steps<Holdings> {
  const holdings = new Map<string, string[]>()
  for (const [role, lineage] of lineages) {
    for (const origin of lineage.keys()) {
      const holders = holdings.get(origin)
      if (holders) holders.push(role)
      else holdings.set(origin, [role])
      yield
    }
  }
  return holdings
}

/**
 * Rules by their patterns, found by permission: time for one look-up does not grow with the number of patterns. Which roles hold a rule is
 * worked out when a permission is first asked for that it covers: a large policy has many rules for which nobody asks, and what all their
 * holders take in memory would have the garbage collector stop the process when the policy is replaced.
 */
export class RuleIndex {
  readonly #lineages: ReadonlyMap<string, Lineage>
  readonly #holdings: Holdings
  /** Most patterns have one rule, and need no list. */
  readonly #rules = new Map<string, Rule | Rule[]>()
  readonly #cells = new Map<string, Cell>()

  constructor(lineages: ReadonlyMap<string, Lineage>, holdings: Holdings) {
    this.#lineages = lineages
    this.#holdings = holdings
  }

  add(rule: Rule): void {
    const known = this.#rules.get(rule.pattern)
    if (known === undefined) this.#rules.set(rule.pattern, rule)
    else if (Array.isArray(known)) known.push(rule)
    else this.#rules.set(rule.pattern, [known, rule])
  }

  /** Whether the text is one of the patterns itself. */
  has(text: string): boolean {
    return this.#rules.has(text)
  }

  /** The texts of all patterns. */
  texts(): IterableIterator<string> {
    return this.#rules.keys()
  }

  /** The cells of the patterns that cover a well-formed permission, the narrowest pattern's first. */
  covering(permission: string): readonly Cell[] {
    if (this.#rules.size === 0) return []
    const found: Cell[] = []
    for (const text of patternsCovering(permission)) {
      const rules = this.#rules.get(text)
      if (rules !== undefined) found.push(this.#cell(text, Array.isArray(rules) ? rules : [rules]))
    }
    return found
  }

  #cell(text: string, rules: readonly Rule[]): Cell {
    const known = this.#cells.get(text)
    if (known) return known
    const cell = makeCell()
    for (const [role, held] of this.#byHolder(rules)) {
      const lineage = this.#lineages.get(role)!
      for (const rule of nearestFirst(held, lineage)) addGrant(cell, role, { rule, tenants: lineage.get(rule.role) })
    }
    this.#cells.set(text, cell)
    return cell
  }

  #byHolder(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
    const byHolder = new Map<string, Rule[]>()
    for (const rule of rules) {
      for (const role of this.#holdings.get(rule.role)!) {
        const known = byHolder.get(role)
        if (known) known.push(rule)
        else byHolder.set(role, [rule])
      }
    }
    return byHolder
  }
}

/** A role's own rules before those that it inherits: which of several is named in an explanation. */
function nearestFirst(rules: readonly Rule[], lineage: Lineage): readonly Rule[] {
  if (rules.every(({ role }) => role === rules[0]!.role)) return rules
  const distances = new Map([...lineage.keys()].map((role, distance) => [role, distance]))
  return rules.toSorted((a, b) => distances.get(a.role)! - distances.get(b.role)!)
}
