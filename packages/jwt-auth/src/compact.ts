import { Refusal } from './errors.ts'
import { parseObject } from './json.ts'

/** What is in a part of a token, frozen. Nothing of it is verified. */
export type Part = Readonly<Record<string, unknown>>

/** A token taken apart, as it is encoded. */
export interface CompactParts {
  readonly header: string
  readonly claims: string
}

// An empty signature is well-formed (RFC 7515, appendix A.5): what it is refused for is its algorithm, or that it does not verify.
const threeParts = /^[\w-]+\.[\w-]+\.[\w-]*$/u

/**
 * Whether a token means to be a signed JWT: three parts, the first of which begins as a JSON object does. It need not be a good one: what is
 * wrong with it is told when it is taken apart, and is nothing to ask a server about.
 */
export function looksLikeJwt(token: string): boolean {
  const [header, ...others] = token.split('.', 4)
  return others.length === 2 && Buffer.from(header!.slice(0, 4), 'base64url').toString('latin1').startsWith('{')
}

/**
 * Takes a token apart: size, three parts, canonical encoding.
 * @throws Refusal ERR_JWT_MALFORMED
 */
export function splitCompact(token: string, maxBytes: number): CompactParts {
  if (token.length > maxBytes) throw new Refusal('ERR_JWT_MALFORMED', 'too large')
  if (!threeParts.test(token)) throw new Refusal('ERR_JWT_MALFORMED', 'not three parts in base64url')
  const first = token.indexOf('.')
  const second = token.lastIndexOf('.')
  if (!isCanonical(token, 0, first) || !isCanonical(token, first + 1, second) || !isCanonical(token, second + 1)) {
    throw new Refusal('ERR_JWT_MALFORMED', 'not canonical base64url')
  }
  return { header: token.slice(0, first), claims: token.slice(first + 1, second) }
}

/**
 * Takes a token apart and reads it.
 * @throws Refusal ERR_JWT_MALFORMED
 */
export function parseCompact(token: string, maxBytes: number): { readonly header: Part; readonly claims: Part } {
  const { header, claims } = splitCompact(token, maxBytes)
  return { header: parsePart(header), claims: parsePart(claims) }
}

/**
 * Reads a part: bounded JSON.
 * @throws Refusal ERR_JWT_MALFORMED
 */
export function parsePart(part: string): Part {
  return parseObject(Buffer.from(part, 'base64url'))
}

/**
 * Whether a part ends without stray bits, so that one token has one spelling. Decoders that ignore those bits let the same token
 * pass a deny-list under another one.
 */
function isCanonical(token: string, start: number, end: number = token.length): boolean {
  const last = token.charAt(end - 1)
  switch ((end - start) % 4) {
    case 0:
      return true
    case 2:
      return 'AQgw'.includes(last)
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last)
    default:
      return false
  }
}
