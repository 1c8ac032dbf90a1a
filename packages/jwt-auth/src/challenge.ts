import { jwtErrors, type JwtErrorCode } from './errors.ts'

/** The challenges of one `jwtAuth()` (RFC 6750, section 3). */
export interface Challenges {
  /** For a request without a token: it tells no error, because none was made. */
  readonly plain: string
  /** For a refused token; nothing where the refusal is not about the token. */
  of(code: JwtErrorCode): string | undefined
}

/** Whether a text can stand in a quoted-string and be read by people: printable ASCII. */
export function isQuotable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text)
}

/** Makes the challenges for a realm. */
export function challengesOf(realm: string): Challenges {
  const plain = `Bearer realm=${quoted(realm)}`
  return {
    plain,
    of(code) {
      if (code === 'ERR_JWT_MISSING') return plain
      const { status, title } = jwtErrors[code]
      if (status === 503) return undefined
      const error = status === 400 ? 'invalid_request' : 'invalid_token'
      return `${plain}, error=${quoted(error)}, error_description=${quoted(title)}`
    },
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
