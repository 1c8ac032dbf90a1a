import { checkOptions, nearest, optionError, type OptionRules } from '@sallyport/core'
import type { Formula } from './condition.ts'
import { readFields, type FieldList } from './fields.ts'
import { parsePattern, PATTERN_FORM, type Pattern } from './permission.ts'
import { isPlainObject } from './options.ts'
import { readCondition } from './read-condition.ts'

/** What a rule does. */
export type Effect = 'allow' | 'deny'

/** One rule of a role, read. */
export interface Rule {
  readonly effect: Effect
  readonly pattern: Pattern
  /** Its place in the policy: `roles.clerk.allow[0]`. */
  readonly at: string
  readonly when: Formula | undefined
  /** Whether objects of other tenants than the caller's are meant too. */
  readonly anyTenant: boolean
  readonly fields: FieldList | undefined
}

/** Patterns that the catalogue allows; nothing where any well-formed one is. */
export type Accepted = ReadonlySet<string> | undefined

interface GivenRule {
  permission?: unknown
  when?: unknown
  anyTenant?: unknown
  fields?: unknown
}

const any = { accepts: 'anything', test: () => true }
const ruleRules: OptionRules<GivenRule> = {
  permission: any,
  when: any,
  fields: any,
  anyTenant: { accepts: 'true or false', test: (v) => typeof v === 'boolean' },
}

/**
 * Reads one entry of `allow` or `deny`: a pattern, or a rule with conditions, of one pattern or several.
 * @throws SecurityError ERR_OPTION
 */
export function readRules(at: string, effect: Effect, given: unknown, accepted: Accepted): Rule[] {
  if (!isPlainObject(given)) {
    return [
      { effect, at, pattern: readPattern(at, given, accepted), when: undefined, anyTenant: false, fields: undefined },
    ]
  }
  checkOptions<GivenRule>(`rbac: ${at}`, given, ruleRules)
  const { permission, when, anyTenant = false, fields } = given
  const patterns: readonly unknown[] = Array.isArray(permission) && permission.length > 0 ? permission : [permission]
  const common = {
    effect,
    at,
    when: when === undefined ? undefined : readCondition(`${at}.when`, when),
    anyTenant: anyTenant === true,
    fields: fields === undefined ? undefined : readFields(`${at}.fields`, fields),
  }
  return patterns.map((one, i) => {
    const place = patterns === permission ? `${at}.permission[${i}]` : `${at}.permission`
    return { ...common, pattern: readPattern(place, one, accepted) }
  })
}

/** @throws SecurityError ERR_OPTION for a pattern that is malformed, or covers nothing of the catalogue */
export function readPattern(at: string, text: unknown, accepted: Accepted): Pattern {
  const pattern = parsePattern(text)
  if (pattern === undefined) throw optionError('rbac', at, text, { accepts: PATTERN_FORM })
  if (accepted === undefined || accepted.has(pattern.text)) return pattern
  const meant = nearest(pattern.text, [...accepted])
  throw optionError('rbac', at, text, {
    accepts: `what the catalogue \`permissions\` holds${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  })
}
