import { checkOptions, coreError, nearest, optionError, type OptionRules, type Principal } from '@sallyport/core'
import { durationRule, secondsOf, type Duration } from './duration.ts'
import type { Levels } from './levels.ts'
import type { Proof } from './proof.ts'

/** What a route demands of the login. All that is named must hold. */
export interface DemandOptions {
  /**
   * Ways to satisfy it: each a list of methods that were all used, such as `[['passkey'], ['password', 'totp']]`. Kinds of factors,
   * `password`, or words of RFC 8176 that another issuer puts into `amr`.
   * @default any second factor, where `acr` is not named either
   */
  readonly anyOf?: readonly (readonly string[])[]
  /** A level of the option `levels`, or any above it. */
  readonly acr?: string
  /** How long ago the methods may have been used. @default any time in this login */
  readonly maxAge?: Duration
}

const rules: OptionRules<DemandOptions> = {
  anyOf: {
    accepts: "a list of at least one list of methods, such as [['passkey'], ['password', 'totp']]",
    test: (v) => Array.isArray(v) && v.length > 0 && v.every((way) => Array.isArray(way) && way.length > 0),
  },
  acr: { accepts: 'one of the levels', test: (v) => typeof v === 'string' && v !== '' },
  maxAge: durationRule,
}

/** What was proved, as demands look at it. */
export interface Standing {
  /** The login as it came, without the proof. */
  readonly principal: Principal
  readonly proof: Proof | undefined
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** Clocks of issuers and nodes differ, in seconds. */
const SKEW = 5

/** A demand that was checked at construction. */
export class Demand {
  readonly acr: string | undefined
  /** Seconds. */
  readonly maxAge: number | undefined
  readonly methods: readonly string[]
  readonly #ways: readonly (readonly string[])[]
  readonly #levels: Levels

  /**
   * @param known methods that the gate can verify
   * @throws SecurityError ERR_OPTION
   */
  constructor(factory: string, options: DemandOptions, levels: Levels, known: readonly string[]) {
    checkOptions<DemandOptions>(factory, options, rules)
    const { acr, anyOf, maxAge } = options
    if (acr !== undefined && !levels.has(acr)) {
      throw optionError(factory, 'acr', acr, { accepts: `one of the levels ${levels.names.join(', ')}` })
    }
    for (const method of anyOf?.flat() ?? []) checkMethod(factory, method, known)
    this.acr = acr
    this.maxAge = maxAge === undefined ? undefined : secondsOf(factory, 'maxAge', maxAge)
    this.#levels = levels
    this.#ways = anyOf ?? (acr === undefined ? [['mfa']] : [])
    this.methods = [...new Set(this.#ways.flat())]
  }

  /** What clients are told to ask for (RFC 9470, section 3): the levels that satisfy it. */
  get acrValues(): string | undefined {
    if (this.acr !== undefined) return this.acr
    return this.methods.length === 1 && this.methods[0] === 'mfa' ? this.#levels.ofSecondFactor : undefined
  }

  /** Whether it holds. No I/O, no allocation: this is what a request costs. */
  holds(standing: Standing, maxAge: number | undefined = this.maxAge): boolean {
    if (this.acr !== undefined && !this.#levels.reached(standing, this.acr, maxAge)) return false
    if (this.#ways.length === 0) return true
    for (const way of this.#ways) if (allUsed(way, standing, maxAge)) return true
    return false
  }
}

/** Whether all methods of one way were used, and recently enough. */
export function allUsed(way: readonly string[], standing: Standing, maxAge: number | undefined): boolean {
  for (const method of way) {
    const time = timeOf(method, standing)
    if (time === undefined) return false
    if (maxAge === undefined) continue
    // A time that is not known is not recent, and one that is yet to come is nobody's.
    const age = standing.now / 1000 - time
    if (!(age <= maxAge + SKEW && age >= -SKEW)) return false
  }
  return true
}

/** When a method was used, in seconds; NaN where it was and nobody knows when; nothing where it was not. */
function timeOf(method: string, { principal, proof }: Standing): number | undefined {
  if (proof !== undefined) {
    const known = proof.methods[method]
    if (known !== undefined) return known
    if (proof.amr.includes(method)) return latest(proof)
  }
  if (!principal.amr.includes(method) && !(method === 'password' && principal.amr.includes('pwd'))) return undefined
  return principal.authTime ?? Number.NaN
}

function latest({ methods }: Proof): number {
  let time = 0
  for (const name in methods) if (methods[name]! > time && name !== 'password') time = methods[name]!
  return time
}

/** Words that issuers put into `amr` (RFC 8176, section 2), and `mfa` for any second factor. */
const registered = new Set(
  'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia password'.split(' '),
)

function checkMethod(factory: string, method: unknown, known: readonly string[]): void {
  if (typeof method === 'string' && (registered.has(method) || known.includes(method))) return
  const meant = typeof method === 'string' ? nearest(method, [...known, ...registered]) : undefined
  throw coreError('ERR_OPTION', {
    message: `${factory}: option \`anyOf\` names the method '${String(method)}', which no factor is${meant ? ` (did you mean '${meant}'?)` : ''}; known are ${known.join(', ')}`,
  })
}
