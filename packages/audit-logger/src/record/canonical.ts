import { auditError } from '../errors.ts'

/** With the flag `u` pairs are one character. */
const LONE = /[\ud800-\udfff]/u

/** What deeper nesting would be is no record; the stack is bounded, too. */
const DEEPEST = 32

/**
 * The canonical form of a JSON value (RFC 8785): members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript
 * writes them. Members that are `undefined` are left out, as `JSON.stringify` does.
 * @throws SecurityError ERR_AUDIT_EVENT for what JSON has no form for: not finite numbers, lone surrogates, functions, circles
 */
export function canonical(value: unknown): string {
  const sorted = isSorted(value, 0) ? value : sortedCopy(value, 0)
  if (sorted === SLOW) return write(value, 0)
  const text = JSON.stringify(sorted)
  // Of a lone surrogate `JSON.stringify` makes an escape; the slow way refuses it.
  return text.includes('\\ud') ? write(value, 0) : text
}

/** Whether the engine's own `JSON.stringify` writes the canonical form of a value as it is: most of what is recorded was sorted when it was cleaned. */
function isSorted(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === DEEPEST) return false
  if (Array.isArray(value)) return value.every((one) => one !== undefined && isSorted(one, depth + 1))
  // Dates and the like would write themselves.
  if ('toJSON' in value) return false
  let last = ''
  for (const name of Object.keys(value)) {
    if (!isOrdered(name) || name < last) return false
    last = name
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined && !isSorted(member, depth + 1)) return false
  }
  return true
}

/** Engines put names that are numbers first, whatever the order in which they came; `__proto__` is no name like others. */
function isOrdered(name: string): boolean {
  const first = name.charCodeAt(0)
  return !((first >= 48 && first <= 57) || first === 95)
}

/** Says that only the slow way knows what to do. */
const SLOW = Symbol('slow')

/**
 * The value with its members in order, so that the engine's own `JSON.stringify` writes the canonical form: several times as fast. Not where
 * a name begins with a digit, because engines put those that are numbers first, nor where there is anything to refuse.
 */
function sortedCopy(value: unknown, depth: number): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : SLOW
  if (typeof value !== 'object' || depth === DEEPEST) return SLOW
  if (Array.isArray(value)) {
    const list: unknown[] = []
    for (const one of value) {
      const copy = one === undefined ? null : sortedCopy(one, depth + 1)
      if (copy === SLOW) return SLOW
      list.push(copy)
    }
    return list
  }
  const names = Object.keys(value)
  if (!areSorted(names)) names.sort()
  const copy: Record<string, unknown> = {}
  for (const name of names) {
    if (!isOrdered(name)) return SLOW
    const member = (value as Record<string, unknown>)[name]
    if (member === undefined) continue
    const sorted = sortedCopy(member, depth + 1)
    if (sorted === SLOW) return SLOW
    copy[name] = sorted
  }
  return copy
}

function areSorted(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return false
  return true
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      if (LONE.test(value)) throw wrong('a lone surrogate')
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value)) throw wrong(String(value))
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      break
    default:
      throw wrong(`a ${typeof value}`)
  }
  if (value === null) return 'null'
  if (depth === DEEPEST) throw wrong(`something nested deeper than ${DEEPEST}`)
  if (Array.isArray(value)) {
    let list = ''
    for (const one of value) list += (list === '' ? '' : ',') + write(one ?? null, depth + 1)
    return `[${list}]`
  }
  let members = ''
  // The default order of strings is that of their UTF-16 code units (RFC 8785, section 3.2.3).
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name]
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${write(name, depth)}:${write(member, depth + 1)}`
  }
  return `{${members}}`
}

function wrong(what: string): Error {
  return auditError('ERR_AUDIT_EVENT', { message: `An audit event holds ${what}, which JSON has no form for` })
}
