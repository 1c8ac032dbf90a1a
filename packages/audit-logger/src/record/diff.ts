import type { AuditChange } from './event.ts'

/** More would be a copy of the object, not a list of changes. */
const MOST = 100

/** What differs between two states, with JSON pointers (RFC 6901) to it. Lists are compared as wholes. */
export function diff(before: unknown, after: unknown): readonly AuditChange[] {
  const changes: AuditChange[] = []
  compare(before, after, '')
  return changes

  function compare(a: unknown, b: unknown, path: string): void {
    if (changes.length === MOST) return
    if (isObject(a) && isObject(b)) {
      for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(a[name], b[name], `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      }
      return
    }
    if (JSON.stringify(a) === JSON.stringify(b)) return
    changes.push({ path, ...(a !== undefined && { before: a }), ...(b !== undefined && { after: b }) })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
