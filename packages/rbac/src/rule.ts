import { checkOptions, nearest, optionError, type OptionRules } from '@sallyport/core'
import type { Formula } from './condition.ts'
import { readFields, type FieldList } from './fields.ts'
import { isPattern, PATTERN_FORM } from './permission.ts'
import { isPlainObject } from './options.ts'
import { readCondition } from './read-condition.ts'

/** What a rule does. */
export type Effect = 'allow' | 'deny'

/** One rule of a role, read. */
export interface Rule extends Place {
  readonly effect: Effect
  readonly pattern: string
  readonly when: Formula | undefined
  /** Whether objects of other tenants than the caller's are meant too. */
  readonly anyTenant: boolean
  readonly fields: FieldList | undefined
}

/** Where a rule stands in the policy. Not in one string, because a policy has as many as rules, and few are ever shown. */
export interface Place {
  /** The role in which it is written. */
  readonly role: string
  /** `roles.clerk.allow` */
  readonly list: string
  /** Which of the list; nothing where it is no list. */
  readonly index: number | undefined
}

/** A place in words: `roles.clerk.allow[0]`. */
export function placeText({ list, index }: Omit<Place, 'role'>): string {
  return index === undefined ? list : `${list}[${index}]`
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
export function readRules(place: Place, effect: Effect, given: unknown, accepted: Accepted): Rule[] {
  if (!isPlainObject(given)) return [plainRule(place, effect, readPattern(place, given, accepted))]
  const at = placeText(place)
  checkOptions<GivenRule>(`rbac: ${at}`, given, ruleRules)
  const { permission, when, anyTenant = false, fields } = given
  const patterns: readonly unknown[] = Array.isArray(permission) && permission.length > 0 ? permission : [permission]
  const limits = {
    when: when === undefined ? undefined : readCondition(`${at}.when`, when),
    anyTenant: anyTenant === true,
    fields: fields === undefined ? undefined : readFields(`${at}.fields`, fields),
  }
  return patterns.map((one, i) => {
    const index = patterns === permission ? i : undefined
    const pattern = readPattern({ list: `${at}.permission`, index }, one, accepted)
    return { ...plainRule(place, effect, pattern), ...limits }
  })
}

/** A rule without conditions and limits. */
export function plainRule({ role, list, index }: Place, effect: Effect, pattern: string): Rule {
  return { role, list, index, effect, pattern, when: undefined, anyTenant: false, fields: undefined }
}

/** @throws SecurityError ERR_OPTION for a pattern that is malformed, or covers nothing of the catalogue */
export function readPattern(place: Omit<Place, 'role'>, text: unknown, accepted: Accepted): string {
  if (!isPattern(text)) throw optionError('rbac', placeText(place), text, { accepts: PATTERN_FORM })
  if (accepted === undefined || accepted.has(text)) return text
  const meant = nearest(text, [...accepted])
  throw optionError('rbac', placeText(place), text, {
    accepts: `what the catalogue \`permissions\` holds${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  })
}
