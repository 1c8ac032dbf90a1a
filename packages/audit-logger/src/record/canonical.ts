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
  return write(value, 0)
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
