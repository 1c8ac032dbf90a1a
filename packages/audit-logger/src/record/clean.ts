/** What is written in the place of a secret. */
const REDACTED = '[redacted]'

/** Names under which secrets are kept, folded. `token` and its like also as the end of a longer name. */
const SECRET =
  /(?:password|passwd|passphrase|pwd|secret|apikey|accesskey|privatekey|credentials?|authorization|cookie|csrf|otp|pin|cvv|cvc|cardnumber|ssn|signature|assertion|token)$/

/** Long texts and lists are cut, so that no record is larger than a log entry may be (65,535 bytes). */
const MOST_CHARACTERS = 4096
const MOST_MEMBERS = 200
const DEEPEST = 12

/** Names that are remembered. */
const MOST_NAMES = 1000

/** DEL, C1 controls, line and paragraph separators, marks that change the direction of text: JSON leaves them as they are. */
const HIDDEN = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
/** Halves of a pair (RFC 8785, section 3.2.2.2 refuses them). */
const LONE = /[\ud800-\udfff]/u
const LONE_ALL: RegExp = new RegExp(LONE.source, 'gu')
const HIDDEN_ALL: RegExp = new RegExp(HIDDEN.source, 'g')

/** Makes the cleaner of one log. `more` are further names of members that hold secrets. */
export function cleaner(more: readonly string[] = []): (value: unknown) => unknown {
  const names = new Set(more.map(fold))
  // Apps have few names, and what they are is asked for each record.
  const seen = new Map<string, boolean>()
  const isSecret = (name: string): boolean => {
    const known = seen.get(name)
    if (known !== undefined) return known
    const folded = fold(name)
    const secret = names.has(folded) || SECRET.test(folded)
    if (seen.size < MOST_NAMES && name.length < 100) seen.set(name, secret)
    return secret
  }

  return (value) => clean(value, 0)

  function clean(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return cleanText(value)
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value !== 'object' || value === null) return value
    if (depth === DEEPEST) return '[cut]'
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    // Bytes are never for people to read.
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((one) => clean(one, depth + 1))
    // What an error says may repeat what it was given.
    if (value instanceof Error) return { name: value.name }
    const cleaned: Record<string, unknown> = {}
    let left = MOST_MEMBERS
    // In the order in which they are written in the end.
    for (const name of Object.keys(value).sort()) {
      if (left-- === 0) break
      const member = (value as Record<string, unknown>)[name]
      const kept = isSecret(name) && member !== undefined ? REDACTED : clean(member, depth + 1)
      if (name === '__proto__') Object.defineProperty(cleaned, name, { value: kept, enumerable: true })
      else cleaned[cleanText(name)] = kept
    }
    return cleaned
  }
}

/** Characters that would forge lines, steer a terminal or turn text around are written as `\u….`; what is too long is cut. */
export function cleanText(text: string): string {
  let clean = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
  if (LONE.test(clean)) clean = clean.replaceAll(LONE_ALL, '\ufffd')
  return HIDDEN.test(clean) ? clean.replaceAll(HIDDEN_ALL, escaped) : clean
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, '')
}
