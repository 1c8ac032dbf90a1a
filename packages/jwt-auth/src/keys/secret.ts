/** Words of which documentation, generators of examples and tired people make secrets. Longer ones first. */
const words =
  /development|placeholder|insecure|changeme|production|characters|signing|private|example|changeit|password|keyboard|default|replace|minimum|string|please|secret|length|staging|access|bearer|shared|server|random|secure|sample|qwerty|shhhhh|token|super|admin|bits|this|long|with|your|that|very|here|least|test|demo|node|auth|jwt|dev|key|app|api|cat|the|for|not|256|384|512|my|at|to|in|is/g

/** Left over when the words are gone: below this nobody can say that it was drawn at random. */
const LEAST_REMAINDER = 16
const LEAST_DISTINCT = 8

/** Why a secret can be guessed; nothing when it looks as if it was drawn at random. The answer tells nothing of the secret. */
export function guessable(secret: Uint8Array): string | undefined {
  if (new Set(secret).size < LEAST_DISTINCT) return `a secret with fewer than ${LEAST_DISTINCT} different bytes`
  if (repeats(secret)) return 'a secret that repeats itself'
  if (counts(secret)) return 'a secret whose bytes count up or down'
  const text = Buffer.from(secret).toString('latin1').toLowerCase()
  // Only of text: random bytes that happen to spell a word lose nothing that matters.
  if (/^[\x20-\x7e]+$/.test(text)) {
    const rest = text.replaceAll(/[^a-z\d]/g, '').replaceAll(words, '')
    if (rest.length < LEAST_REMAINDER) return 'a secret made of common words'
  }
  return undefined
}

/** Whether the bytes are one shorter piece, written again and again. */
function repeats(bytes: Uint8Array): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) {
    if (bytes.every((byte, i) => i < period || byte === bytes[i - period])) return true
  }
  return false
}

/** Whether nearly every byte follows the one before it by the same step, as in 0123456789abcdef. */
function counts(bytes: Uint8Array): boolean {
  const steps = new Map<number, number>()
  for (let i = 1; i < bytes.length; i++) {
    const step = bytes[i]! - bytes[i - 1]!
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  return Math.max(...steps.values()) > bytes.length * 0.75
}
