import { hash } from 'node:crypto'

/**
 * Remembers what was found out about tokens, by their SHA-256, so that no token stays in memory. Bounded: two generations
 * of half the size each, of which the older one is dropped when the younger one is full. What is used moves to the younger one.
 */
export class TokenCache<Value> {
  readonly #half: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** @param size most values to hold; below 2 it holds none */
  constructor(size: number) {
    this.#half = Math.floor(size / 2)
  }

  /** The key of a token. */
  static keyOf(token: string): string {
    return hash('sha256', token, 'base64')
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const older = this.#old.get(key)
    if (older === undefined) return undefined
    this.#old.delete(key)
    this.set(key, older)
    return older
  }

  set(key: string, value: Value): void {
    if (this.#half === 0) return
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
