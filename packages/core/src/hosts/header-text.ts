/** Whether two header names are the same but for case. Spares the copies that `toLowerCase` makes, on every request. */
export function sameName(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const folded = x | 32
    if (folded !== (y | 32) || folded < 97 || folded > 122) return false
  }
  return true
}

/** The last member of a list header, which is what the nearest proxy wrote. */
export function lastOf(list: string | undefined): string | undefined {
  const value = list?.slice(list.lastIndexOf(',') + 1).trim()
  return value === '' ? undefined : value
}

/** A request target without scheme and authority, of one in absolute form (RFC 9112, section 3.2.2). */
export function originForm(target: string): string {
  if (target.startsWith('/') || !/^[a-z][a-z\d+.-]*:\/\//i.test(target)) return target
  const start = target.indexOf('/', target.indexOf('://') + 3)
  return start === -1 ? '/' : target.slice(start)
}
