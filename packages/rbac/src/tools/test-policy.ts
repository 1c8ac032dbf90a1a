import { optionError, type Principal } from '@sallyport/core'
import { compilePolicy } from '../compile-policy.ts'
import type { PolicyDocument } from '../document.ts'
import { explain } from '../explanation.ts'
import { isPlainObject } from '../options.ts'
import type { DecisionWord } from '../policy.ts'
import { casePrincipal, type CasePrincipal } from './case-principal.ts'

/** One line of a table of expectations. */
export interface PolicyCase {
  /** Who asks: parts of a principal, the name of one of the suite's principals, or nothing for nobody. */
  readonly who?: CasePrincipal | string | null
  readonly permission: string
  /** The object that it is about. Without one the question is about all objects. */
  readonly object?: object
  /** `granted`, `denied`, or `depends` where a condition decides and no object is given. */
  readonly expected: DecisionWord
  /** What it is about, for the report. */
  readonly note?: string
}

/** Expectations on a policy: a list, or a list with principals by name. */
export type PolicySuite =
  | readonly PolicyCase[]
  | { readonly principals?: Readonly<Record<string, CasePrincipal>>; readonly cases: readonly PolicyCase[] }

/** A case that came out otherwise. */
export interface PolicyCaseFailure {
  /** Place in the list, from 0. */
  readonly index: number
  readonly case: PolicyCase
  readonly actual: DecisionWord
  /** Why, in one line. */
  readonly why: string
}

/** What came of a suite. */
export interface PolicyTestResult {
  readonly passed: number
  readonly failures: readonly PolicyCaseFailure[]
  /** Version of the policy that was tested. */
  readonly policy: string
}

const WORDS: readonly string[] = ['granted', 'denied', 'depends'] satisfies DecisionWord[]
const MEMBERS: readonly string[] = ['who', 'permission', 'object', 'expected', 'note'] satisfies (keyof PolicyCase)[]

/**
 * Tests a policy against a table of expectations.
 * @throws SecurityError ERR_OPTION for a policy or a table that is wrong; an expectation that is not met is a result
 */
export function testPolicy(policy: PolicyDocument, suite: PolicySuite): PolicyTestResult {
  const compiled = compilePolicy(policy)
  const { principals, cases } = readSuite(suite)
  const failures: PolicyCaseFailure[] = []
  for (const [index, one] of cases.entries()) {
    const principal = principalOf(one.who, index, principals)
    const roles = principal?.roles ?? []
    const { decision, text } = explain(compiled, principal, roles, one.permission, one.object)
    if (decision !== one.expected) failures.push({ index, case: one, actual: decision, why: text })
  }
  return { passed: cases.length - failures.length, failures, policy: compiled.version }
}

function readSuite(suite: unknown): {
  readonly principals: Readonly<Record<string, unknown>>
  readonly cases: readonly PolicyCase[]
} {
  const { cases, principals = {} } = (Array.isArray(suite) ? { cases: suite } : Object(suite)) as {
    readonly cases?: unknown
    readonly principals?: unknown
  }
  if (!Array.isArray(cases)) throw optionError('testPolicy', 'cases', cases, { accepts: 'a list of cases' })
  if (!isPlainObject(principals)) {
    throw optionError('testPolicy', 'principals', principals, { accepts: 'principals by name' })
  }
  for (const [i, one] of cases.entries()) checkCase(`cases[${i}]`, one)
  return { cases: cases as readonly PolicyCase[], principals }
}

function checkCase(at: string, one: unknown): void {
  if (!isPlainObject(one))
    throw optionError('testPolicy', at, one, { accepts: 'a case { who, permission, object, expected }' })
  const unknown = Object.keys(one).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) throw optionError('testPolicy', at, unknown, { accepts: MEMBERS.join(', ') })
  const { permission, object, expected } = one
  if (typeof permission !== 'string') {
    throw optionError('testPolicy', `${at}.permission`, permission, { accepts: 'the name of a permission' })
  }
  if (!WORDS.includes(expected as string)) {
    throw optionError('testPolicy', `${at}.expected`, expected, { accepts: WORDS.join(', ') })
  }
  if (object !== undefined && !isPlainObject(object)) {
    throw optionError('testPolicy', `${at}.object`, object, { accepts: 'an object' })
  }
}

function principalOf(
  who: PolicyCase['who'],
  index: number,
  principals: Readonly<Record<string, unknown>>,
): Principal | undefined {
  const at = `cases[${index}].who`
  if (who === undefined || who === null) return undefined
  if (typeof who !== 'string') return casePrincipal('testPolicy', at, who)
  if (Object.hasOwn(principals, who)) return casePrincipal('testPolicy', `principals.${who}`, principals[who])
  throw optionError('testPolicy', at, who, {
    accepts: `one of the suite's principals: ${Object.keys(principals).join(', ') || 'there are none'}`,
  })
}
