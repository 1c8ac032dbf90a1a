import { coreError, type SecurityError } from './errors.ts'

/** How one option is checked. */
export interface OptionRule {
  /** What is accepted, in words that end the sentence "accepted is …". */
  readonly accepts: string
  readonly test: (value: unknown) => boolean
  /** Set for an option whose value is a secret: the error then tells its type only. */
  readonly secret?: boolean
}

/** The rules of a factory's options, by name. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/** Ready tests for common kinds of options. */
export const accept: Readonly<Record<'string' | 'boolean' | 'function' | 'object' | 'strings', OptionRule>> = {
  string: { accepts: 'a non-empty string', test: (v) => typeof v === 'string' && v !== '' },
  boolean: { accepts: 'true or false', test: (v) => typeof v === 'boolean' },
  function: { accepts: 'a function', test: (v) => typeof v === 'function' },
  object: { accepts: 'an object', test: (v) => typeof v === 'object' && v !== null && !Array.isArray(v) },
  strings: {
    accepts: 'a list of non-empty strings',
    test: (v) => Array.isArray(v) && v.every((one) => typeof one === 'string' && one !== ''),
  },
}

/** A number within bounds, both included. */
export function acceptNumber(unit: string, least: number, most: number): OptionRule {
  return {
    accepts: `a number of ${unit} from ${least} to ${most}`,
    test: (v) => typeof v === 'number' && v >= least && v <= most,
  }
}

/** One of a list of words. */
export function acceptOneOf(...words: readonly string[]): OptionRule {
  return { accepts: words.map((word) => `'${word}'`).join(' or '), test: (v) => words.includes(v as string) }
}

/**
 * Refuses unknown and wrong options of a factory, at construction.
 * @throws SecurityError ERR_OPTION naming the option, what was given, what is accepted and the near miss
 */
export function checkOptions<Options extends object>(
  factory: string,
  given: unknown,
  rules: OptionRules<Options>,
): asserts given is Options {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw coreError('ERR_OPTION', { message: `${factory}: options must be an object; given was ${describe(given)}` })
  }
  const known = Object.keys(rules)
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) {
      const meant = nearest(name, known)
      throw coreError('ERR_OPTION', {
        message: `${factory}: unknown option \`${name}\`${meant ? ` (did you mean \`${meant}\`?)` : ''}; known are ${known.join(', ')}`,
      })
    }
    const rule = rules[name as keyof Options]
    if (value !== undefined && !rule.test(value)) throw optionError(factory, name, value, rule)
  }
}

/** The error for an option that has a wrong value. */
export function optionError(
  factory: string,
  option: string,
  given: unknown,
  rule: Pick<OptionRule, 'accepts' | 'secret'>,
): SecurityError<'ERR_OPTION'> {
  const shown = rule.secret ? `a ${typeof given} that is not shown` : describe(given)
  return coreError('ERR_OPTION', {
    message: `${factory}: option \`${option}\` was ${shown}; accepted is ${rule.accepts}`,
  })
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `a string of ${value.length} characters` : `'${value}'`
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined)
    return String(value)
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length} (first: ${describe(value[0])})`
  return typeof value === 'object'
    ? `an object with ${Object.keys(value).join(', ') || 'no members'}`
    : `a ${typeof value}`
}

/** The word that was probably meant, or nothing. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const folded = given.toLowerCase().replaceAll(/[-_]/g, '')
  let best: string | undefined
  let least = Math.max(1, Math.floor(folded.length / 3)) + 1
  for (const word of known) {
    const distance = editDistance(folded, word.toLowerCase(), least)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
}

/** Insertions, deletions, substitutions and swaps of neighbours between two words; `limit` where it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(substituted, row[j]! + 1, next[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
