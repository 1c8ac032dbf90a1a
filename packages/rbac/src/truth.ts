import { isPromise, originOf, type Principal } from '@sallyport/core'
import type { Comparison, Formula, Term } from './condition.ts'
import { valueAt } from './fields.ts'

/** Kleene's three values. Unknown is what cannot be told, above all without the object. */
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN
export const FALSE = 0
export const TRUE = 1
export const UNKNOWN = 2

/** Whether a condition holds for a caller and an object; without the object, as far as the caller alone decides it. */
export function truthOf(formula: Formula, principal: Principal, object: unknown): Truth {
  switch (formula.kind) {
    case 'and':
      return conjunction(formula.parts, principal, object)
    case 'or':
      return disjunction(formula.parts, principal, object)
    case 'not':
      return negated(truthOf(formula.part, principal, object))
    case 'compare':
      return compared(formula.op, formula.left, formula.right, principal, object)
    case 'in':
      return membership(termValue(formula.item, principal, object), termValue(formula.list, principal, object))
    case 'test':
      return tested(formula, principal, object)
  }
}

export function negated(truth: Truth): Truth {
  return truth === UNKNOWN ? UNKNOWN : truth === TRUE ? FALSE : TRUE
}

function conjunction(parts: readonly Formula[], principal: Principal, object: unknown): Truth {
  let all: Truth = TRUE
  for (const part of parts) {
    const truth = truthOf(part, principal, object)
    if (truth === FALSE) return FALSE
    if (truth === UNKNOWN) all = UNKNOWN
  }
  return all
}

function disjunction(parts: readonly Formula[], principal: Principal, object: unknown): Truth {
  let any: Truth = FALSE
  for (const part of parts) {
    const truth = truthOf(part, principal, object)
    if (truth === TRUE) return TRUE
    if (truth === UNKNOWN) any = UNKNOWN
  }
  return any
}

/** Nobody's own word is asked for what a caller lacks: there it is `null`. A field that an object lacks may mean anything: unknown. */
export function termValue(term: Term, principal: Principal, object: unknown): unknown {
  if (term.kind === 'value') return term.value
  if (term.kind === 'object') return valueAt(object, term.path)
  return valueAt(principal, term.path) ?? null
}

function compared(op: Comparison, left: Term, right: Term, principal: Principal, object: unknown): Truth {
  const a = termValue(left, principal, object)
  const b = termValue(right, principal, object)
  // A written null asks whether there is a value.
  if (isWrittenNull(left) || isWrittenNull(right)) {
    const other = isWrittenNull(left) ? b : a
    if (other === undefined) return UNKNOWN
    return (other === null) === (op === 'eq') ? TRUE : FALSE
  }
  return compareValues(op, a, b)
}

function isWrittenNull(term: Term): boolean {
  return term.kind === 'value' && term.value === null
}

/** Compares two values of one kind. */
export function compareValues(op: Comparison, a: unknown, b: unknown): Truth {
  if (!comparable(a, b)) return UNKNOWN
  const x = a as number
  const y = b as number
  switch (op) {
    case 'eq':
      return x === y ? TRUE : FALSE
    case 'ne':
      return x === y ? FALSE : TRUE
    default:
      if (typeof a === 'boolean') return UNKNOWN
      return ordered(op, x, y) ? TRUE : FALSE
  }
}

function comparable(a: unknown, b: unknown): boolean {
  if (typeof a !== typeof b) return false
  return typeof a === 'string' || typeof a === 'boolean' || (Number.isFinite(a) && Number.isFinite(b))
}

function ordered(op: Exclude<Comparison, 'eq' | 'ne'>, a: number, b: number): boolean {
  switch (op) {
    case 'lt':
      return a < b
    case 'lte':
      return a <= b
    case 'gt':
      return a > b
    case 'gte':
      return a >= b
  }
}

function membership(item: unknown, list: unknown): Truth {
  if (!Array.isArray(list)) return UNKNOWN
  let any: Truth = FALSE
  for (const one of list) {
    const truth = compareValues('eq', item, one)
    if (truth === TRUE) return TRUE
    if (truth === UNKNOWN) any = UNKNOWN
  }
  return any
}

function tested({ test, at }: Extract<Formula, { kind: 'test' }>, principal: Principal, object: unknown): Truth {
  if (object === undefined || object === null) return UNKNOWN
  let answer: unknown
  try {
    answer = test(object as never, principal)
  } catch (thrown) {
    reportPredicate(at, thrown)
    return UNKNOWN
  }
  if (answer === true) return TRUE
  if (answer === false) return FALSE
  // A promise is no answer, although JavaScript takes it for true. It will not end the process by a rejection either.
  if (isPromise(answer)) answer.then(undefined, () => undefined)
  reportPredicate(at, new TypeError('no answer'))
  return UNKNOWN
}

const reported = new Set<string>()

/** Says once for each rule that its function failed, without the exception's text. The rule counts as unknown: it grants nothing. */
function reportPredicate(at: string, thrown: unknown): void {
  if (reported.has(at) || reported.size > 100) return
  reported.add(at)
  const { name, at: place } = originOf(thrown)
  process.emitWarning(
    `rbac: the function ${at} did not answer true or false: ${name} ${place ?? ''}`.trimEnd(),
    'SallyportWarning',
  )
}
