import type { TokenMark } from './token-mark.ts'
import { TokenTable } from './token-table.ts'

/**
 * Remembers what was found out about tokens, by their marks, so that no token stays in memory. Bounded: two generations
 * of half the size each, of which the older one is dropped when the younger one is full. What is used moves to the younger one.
 */
export class TokenCache<Value extends object | number> {
  readonly #half: number
  #young = new TokenTable<Value>()
  #old = new TokenTable<Value>()

  /** @param size most values to hold; below 2 it holds none */
  constructor(size: number) {
    this.#half = Math.floor(size / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(mark: TokenMark | undefined): Value | undefined {
    if (mark === undefined) return undefined
    const young = this.#young.get(mark)
    if (young !== undefined) return young
    const old = this.#old.get(mark)
    if (old !== undefined) this.#keep(mark, old)
    return old
  }

  set(mark: TokenMark | undefined, value: Value): void {
    if (mark !== undefined) this.#keep(mark, value)
  }

  #keep(mark: TokenMark, value: Value): void {
    if (this.#half === 0) return
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      // It will need as much room as the one before.
      this.#young = new TokenTable(this.#old.slots)
    }
    this.#young.set(mark, value)
  }
}
