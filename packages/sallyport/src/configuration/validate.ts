import { SecurityError } from '@sallyport/core'
import type { SallyportOptions } from '../preset/options.ts'
import { sallyport } from '../preset/sallyport.ts'
import { readVariables, type ConfigurationError, type Variables } from './variables.ts'

export type { ConfigurationError } from './variables.ts'

/** Whether a configuration can be used. */
export interface Validity {
  readonly isValid: boolean
  readonly errors: readonly ConfigurationError[]
}

/** Options that others rest on: with a part that is tried alone they come along. */
const GROUND = ['env', 'store', 'keyRing', 'trustedProxies', 'allowedOrigins'] as const

/** Most mistakes that are told of one option. */
const MOST = 20

/**
 * Looks at a whole configuration, and tells every mistake in it at once. Connects to nothing and writes nothing.
 * @param variables environment variables that belong to it. @default none
 */
export function validateConfiguration(options: SallyportOptions, variables: Variables = {}): Validity {
  const { errors } = readVariables(variables)
  const given = Object(options) as Readonly<Record<string, unknown>>
  const ground = groundOf(given)
  const seen = new Set<string>()
  const add = (option: string, message: string): void => {
    if (seen.has(message)) return
    seen.add(message)
    errors.push({ option, message })
  }
  for (const [name, message] of mistakesIn(ground)) add(name, message)
  const sound = seen.size === 0 ? ground : {}
  for (const [name, value] of Object.entries(given)) {
    if (name === 'preset' || (GROUND as readonly string[]).includes(name)) continue
    const alone = { ...sound, limits: false, [name]: value }
    // All off at once is a mistake of the whole, not of this option.
    for (const [option, message] of mistakesIn(name === 'headers' && value === false ? sound : alone)) {
      add(option === name ? name : `${name}.${option}`, message)
    }
  }
  if (errors.length === 0) for (const [option, message] of mistakesIn(withoutStore(given))) add(option, message)
  return { isValid: errors.length === 0, errors }
}

/** Tries, takes out what it was told is wrong, and tries again. */
function* mistakesIn(given: Readonly<Record<string, unknown>>): Generator<readonly [option: string, message: string]> {
  let rest = given
  let last: string | undefined
  for (let i = 0; i < MOST; i++) {
    const message = tried(rest)
    if (message === undefined || message === last) return
    const option = /option `([\w.-]+)`/.exec(message)?.[1] ?? 'options'
    yield [option, message]
    rest = without(rest, option)
    last = message
  }
}

function tried(options: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const guard = sallyport(options as SallyportOptions)
    if (options['env'] === undefined) void guard.close().catch(() => undefined)
    return undefined
  } catch (thrown) {
    if (SecurityError.is(thrown)) return thrown.message
    throw thrown
  }
}

/** The options without one of that name, be it of the whole or of a part. */
function without(options: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const entries = Object.entries(options).filter(([key]) => key !== name)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      isPlain(value) ? Object.fromEntries(Object.entries(value).filter(([inner]) => inner !== name)) : value,
    ]),
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function groundOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(withoutStore(given))
  return Object.fromEntries(entries.filter(([name]) => (GROUND as readonly string[]).includes(name)))
}

/** An environment closes its store: the one that is given is for the environment that is meant. */
function withoutStore(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { store, ...others } = given
  return typeof (Object(store) as { commit?: unknown }).commit === 'function' ? others : given
}
