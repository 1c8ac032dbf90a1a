/** Where a browser goes on after a step: `/orders?page=2`. */
const LONGEST = 2000

/**
 * A path of this app to go back to, from what a request says; the fallback for whatever could lead elsewhere (ASVS 3.7.2): other sites, with or
 * without scheme, by backslashes or by characters that browsers leave out.
 * @param fallback @default '/'
 */
export function safeReturnPath(given: unknown, fallback = '/'): string {
  if (typeof given !== 'string' || given.length > LONGEST) return fallback
  // Printable ASCII only, since browsers drop tabs and newlines before they look for the slashes.
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return fallback
  // The last word has the parser that browsers have: `/.//evil.example` is a path of another site by then.
  const base = 'https://here.invalid'
  if (!URL.canParse(given, base)) return fallback
  const { origin, pathname, search, hash } = new URL(given, base)
  if (origin !== base || pathname.startsWith('//')) return fallback
  return `${pathname}${search}${hash}`
}
