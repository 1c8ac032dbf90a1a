import type { Environment } from './environment.ts'
import type { Exchange } from './exchange.ts'

/** A response that a gate gives instead of passing on: a redirect, a ready route, a 204. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
}

/**
 * One door. Returns nothing to pass on, an `Answer` to be the response, throws a `SecurityError` to refuse.
 * A gate that needs no I/O answers synchronously.
 */
export type Gate = (exchange: Exchange) => void | Answer | Promise<void | Answer>

/** What a gate demands, for listings of routes. */
export interface Requirements {
  /** Who must be known: nobody (`none`), a principal if there is one (`optional`), a principal (`required`). */
  readonly authentication?: 'none' | 'optional' | 'required'
  /** All of these. */
  readonly permissions?: readonly string[]
  /** At least one of each list. */
  readonly anyPermissions?: readonly (readonly string[])[]
  readonly scopes?: readonly string[]
  readonly factors?: readonly string[]
  /** Whoever is known may, and why no permission is needed. */
  readonly login?: string
  /** Everybody may, and why. */
  readonly public?: string
}

/** What a middleware tells about itself under `Symbol.for('sallyport.gate')`. */
export interface GateDescription {
  readonly name: string
  readonly requires: Requirements
  readonly environment: Environment
  readonly gate: Gate
  /** The gates inside, of a middleware made by `compose`. */
  readonly parts?: readonly GateDescription[]
}
