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
