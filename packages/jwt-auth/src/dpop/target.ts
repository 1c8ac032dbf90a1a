/**
 * The one spelling of what a request is for, without query and fragment: RFC 9449, section 4.3, asks for the normalisations of RFC 3986,
 * sections 6.2.2 and 6.2.3, so that spellings of one place are not told apart. Nothing for what is no address of an HTTP server.
 */
export function normaliseTarget(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, host, username, password, pathname } = new URL(url)
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replaceAll(/%[\da-f]{2}/gi, normaliseEscape)}`
}

/** What need not be escaped is not; what must be is so in capitals. */
function normaliseEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
}
