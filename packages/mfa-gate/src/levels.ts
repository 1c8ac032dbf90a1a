import { accept, checkOptions, optionError, type OptionRules } from '@sallyport/core'
import { allUsed, type Standing } from './demand.ts'

/** A level of assurance, and what reaches it. */
export interface LevelOptions {
  /** Its name in `acr`, such as `aal2` or `urn:example:gold`. */
  readonly acr: string
  /** Ways to reach it: each a list of methods that were all used. */
  readonly anyOf: readonly (readonly string[])[]
}

const rules: OptionRules<LevelOptions> = {
  acr: {
    accepts: 'a word without spaces',
    test: (v) => typeof v === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(v),
  },
  anyOf: {
    accepts: 'a list of lists of methods',
    test: (v) => Array.isArray(v) && v.length > 0 && v.every((way) => accept.strings.test(way)),
  },
}

const standard: readonly LevelOptions[] = [{ acr: 'aal2', anyOf: [['mfa']] }]

/** Levels of assurance, the weakest first. */
export class Levels {
  readonly names: readonly string[]
  readonly #levels: readonly LevelOptions[]

  /** @throws SecurityError ERR_OPTION */
  constructor(levels: readonly LevelOptions[] = standard) {
    for (const level of levels) checkOptions<LevelOptions>('mfaGate levels', level, rules)
    this.names = levels.map(({ acr }) => acr)
    if (new Set(this.names).size !== levels.length || levels.length === 0) {
      throw optionError('mfaGate', 'levels', this.names, { accepts: 'a list of at least one level, each named once' })
    }
    this.#levels = levels
  }

  has(acr: string): boolean {
    return this.names.includes(acr)
  }

  /** The level that any second factor reaches. */
  get ofSecondFactor(): string | undefined {
    return this.#levels.find(({ anyOf }) => anyOf.some((way) => way.length === 1 && way[0] === 'mfa'))?.acr
  }

  /** The highest level that was reached. */
  of(standing: Standing): string | undefined {
    return this.#levels.findLast(({ anyOf }) => anyOf.some((way) => allUsed(way, standing, undefined)))?.acr
  }

  /** Whether a level was reached, or one above it. A level that another issuer names counts as far as its login is recent enough. */
  reached(standing: Standing, acr: string, maxAge: number | undefined): boolean {
    const least = this.names.indexOf(acr)
    for (let i = least; i < this.#levels.length; i++) {
      for (const way of this.#levels[i]!.anyOf) if (allUsed(way, standing, maxAge)) return true
    }
    const { principal, proof, now } = standing
    if (proof !== undefined || principal.acr === undefined || this.names.indexOf(principal.acr) < least) return false
    return maxAge === undefined || now / 1000 - (principal.authTime ?? Number.NaN) <= maxAge
  }
}
