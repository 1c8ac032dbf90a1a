/** What parameters are filled in with: a word, a number, and what nobody writes. Rules for some values only do not hold for all of them. */
const WORDS = ['zq7f', '48151623', 'f3b1c0de-4a15-4d1c-8b0e-2f6a7c9d1e42']

/**
 * Paths that a pattern stands for, in the spellings in which routers are lax. Which of them the route takes is asked of the router itself.
 */
export function samplesOf(pattern: string): readonly string[] {
  const plain = WORDS.flatMap((word) => [filled(pattern, word, ''), filled(pattern, word, '$1')])
  const lax = plain.flatMap((path) => [path, path.toUpperCase(), path.endsWith('/') ? path.slice(0, -1) : `${path}/`])
  return [...new Set(lax.map((path) => (path === '' ? '/' : path)))]
}

function filled(pattern: string, word: string, optional: '' | '$1'): string {
  return pattern
    .replaceAll(/:\w+(\{(?![/.:-])[^{}]*\}|\([^()]*\))?[?*+]?/g, word)
    .replaceAll(/\{([^{}]*)\}/g, optional)
    .replaceAll(/\*\w*/g, word)
}

/** Puts a pattern behind a prefix. */
export function joined(prefix: string, path: string): string {
  const whole = `${prefix.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  return whole.length > 1 && path === '/' ? whole.slice(0, -1) : whole
}
