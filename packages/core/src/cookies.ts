/**
 * Cookies of a `Cookie` header (RFC 6265, section 5.4), by name, each with all its values in the order they came. Browsers send
 * the more specific one first.
 */
export function parseCookies(header: string | undefined): ReadonlyMap<string, readonly string[]> {
  const cookies = new Map<string, string[]>()
  if (header === undefined) return cookies
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const name = strip(pair.slice(0, at))
    if (name === '') continue
    const value = decode(strip(pair.slice(at + 1)))
    const values = cookies.get(name)
    if (values) values.push(value)
    else cookies.set(name, [value])
  }
  return cookies
}

/** Space and tab only (RFC 6265, section 5.2): a name with any other white space before it is another name, without the rights of its prefix. */
function strip(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, '')
}

function decode(raw: string): string {
  const value = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
