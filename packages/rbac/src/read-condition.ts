import { nearest, optionError } from '@sallyport/core'
import type { Comparison, Formula, Predicate, Scalar, Term } from './condition.ts'
import { readPath } from './fields.ts'
import { isPlainObject } from './options.ts'

const COMPARISONS: readonly string[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] satisfies Comparison[]
const OPERATORS = [...COMPARISONS, 'in', 'owner', 'and', 'or', 'not']
const PRINCIPAL = [
  ...['issuer', 'tenant', 'subject', 'sid', 'acr', 'authTime', 'roles', 'scopes', 'amr'],
  ...['credential.kind', 'credential.id', 'actor.issuer', 'actor.subject'],
]

/** Bounds of one condition: it is evaluated on each request. */
const DEEPEST = 16
const LONGEST = 1000

const CONDITION = {
  accepts: `a condition such as { owner: 'ownerId' } or { eq: [{ object: 'status' }, 'open'] }, with one of ${OPERATORS.join(', ')}`,
}

/**
 * Reads the condition of a rule.
 * @param at its place in the policy, for messages
 * @throws SecurityError ERR_OPTION
 */
export function readCondition(at: string, given: unknown, depth = 1): Formula {
  if (typeof given === 'function') {
    if (depth === 1) return { kind: 'test', test: given as Predicate, at }
    throw optionError('rbac', at, given, { accepts: 'a function as the whole condition, not as a part of one' })
  }
  if (!isPlainObject(given)) throw optionError('rbac', at, given, CONDITION)
  if (depth > DEEPEST)
    throw optionError('rbac', at, given, { accepts: `at most ${DEEPEST} conditions within each other` })
  const [operator, ...more] = Object.keys(given)
  if (operator === undefined || more.length > 0) throw optionError('rbac', at, given, CONDITION)
  const inner = `${at}.${operator}`
  const value = given[operator]
  switch (operator) {
    case 'and':
    case 'or':
      return {
        kind: operator,
        parts: listOf(inner, value).map((one, i) => readCondition(`${inner}[${i}]`, one, depth + 1)),
      }
    case 'not':
      return { kind: 'not', part: readCondition(inner, value, depth + 1) }
    case 'owner':
      return {
        kind: 'compare',
        op: 'eq',
        left: { kind: 'object', ...readPath(inner, value) },
        right: { kind: 'principal', path: ['subject'], text: 'subject' },
      }
    case 'in':
      return readMembership(inner, value)
    default:
      if (COMPARISONS.includes(operator)) return readComparison(inner, operator as Comparison, value)
      throw unknownOperator(at, operator)
  }
}

function readComparison(at: string, op: Comparison, given: unknown): Formula {
  const [left, right] = pairOf(at, given)
  const terms = [readTerm(`${at}[0]`, left), readTerm(`${at}[1]`, right)] as const
  demandReference(at, given, terms)
  if (op !== 'eq' && op !== 'ne' && terms.some((term) => term.kind === 'value' && !isOrdered(term.value))) {
    throw optionError('rbac', at, given, { accepts: 'numbers or texts, which have an order' })
  }
  return { kind: 'compare', op, left: terms[0], right: terms[1] }
}

function readMembership(at: string, given: unknown): Formula {
  const [item, list] = pairOf(at, given)
  const terms = [
    readTerm(`${at}[0]`, item),
    Array.isArray(list) ? readList(`${at}[1]`, list) : readTerm(`${at}[1]`, list),
  ] as const
  if (terms[1].kind === 'value' && !Array.isArray(terms[1].value)) {
    throw optionError('rbac', `${at}[1]`, list, { accepts: 'a list of values, or a reference to one' })
  }
  demandReference(at, given, terms)
  return { kind: 'in', item: terms[0], list: terms[1] }
}

function readList(at: string, given: readonly unknown[]): Term {
  const usable = given.length > 0 && given.length <= LONGEST && given.every((one) => isScalar(one) && one !== null)
  if (!usable) throw optionError('rbac', at, given, { accepts: `1 to ${LONGEST} values, none of them null` })
  return { kind: 'value', value: Object.freeze([...given]) as readonly Scalar[] }
}

function readTerm(at: string, given: unknown): Term {
  if (isScalar(given)) return { kind: 'value', value: given }
  const accepts = "a value, { object: 'field' } or { principal: 'subject' }"
  if (!isPlainObject(given)) throw optionError('rbac', at, given, { accepts })
  const [kind, ...more] = Object.keys(given)
  if (more.length > 0 || (kind !== 'object' && kind !== 'principal')) throw optionError('rbac', at, given, { accepts })
  const { path, text } = readPath(`${at}.${kind}`, given[kind])
  if (kind === 'object') return { kind, path, text }
  if (!PRINCIPAL.includes(text) && !(path[0] === 'claims' && path.length > 1)) {
    const meant = nearest(text, PRINCIPAL)
    throw optionError('rbac', `${at}.principal`, text, {
      accepts: `${PRINCIPAL.join(', ')} or claims.<name>${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
    })
  }
  return { kind, path, text }
}

function demandReference(at: string, given: unknown, terms: readonly Term[]): void {
  if (terms.some(({ kind }) => kind !== 'value')) return
  throw optionError('rbac', at, given, {
    accepts: 'two operands, at least one of them { object: … } or { principal: … }',
  })
}

function pairOf(at: string, given: unknown): readonly [unknown, unknown] {
  if (Array.isArray(given) && given.length === 2) return given as [unknown, unknown]
  throw optionError('rbac', at, given, { accepts: 'a list of two operands' })
}

function listOf(at: string, given: unknown): readonly unknown[] {
  if (Array.isArray(given) && given.length > 0 && given.length <= LONGEST) return given
  throw optionError('rbac', at, given, { accepts: `a list of 1 to ${LONGEST} conditions` })
}

function unknownOperator(at: string, operator: string): Error {
  const meant = nearest(operator, OPERATORS)
  return optionError('rbac', at, operator, {
    accepts: `one of ${OPERATORS.join(', ')}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  })
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function isOrdered(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string'
}
