import { markOf, type TokenMark } from './token-mark.ts'

interface Slot<Value> {
  readonly mark: TokenMark
  readonly value: Value
}

/**
 * Remembers what was found out about tokens, by their marks, so that no token stays in memory. Bounded: two generations
 * of half the size each, of which the older one is dropped when the younger one is full. What is used moves to the younger one.
 */
export class TokenCache<Value> {
  readonly #half: number
  #young = new Map<number, Slot<Value>>()
  #old = new Map<number, Slot<Value>>()

  /** @param size most values to hold; below 2 it holds none */
  constructor(size: number) {
    this.#half = Math.floor(size / 2)
  }

  /** The key of a token; none where it is nothing to remember, and is verified each time. */
  static keyOf(token: string): TokenMark | undefined {
    return markOf(token)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: TokenMark | undefined): Value | undefined {
    if (key === undefined) return undefined
    const slot = this.#young.get(key.first)
    if (slot !== undefined) return isOf(slot, key) ? slot.value : undefined
    const older = this.#old.get(key.first)
    if (older === undefined || !isOf(older, key)) return undefined
    this.#old.delete(key.first)
    this.#keep(older)
    return older.value
  }

  set(key: TokenMark | undefined, value: Value): void {
    if (key !== undefined) this.#keep({ mark: key, value })
  }

  delete(key: TokenMark | undefined): void {
    if (key === undefined) return
    this.#young.delete(key.first)
    this.#old.delete(key.first)
  }

  #keep(slot: Slot<Value>): void {
    if (this.#half === 0) return
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(slot.mark.first, slot)
  }
}

/** Compares all of it, so that how long that takes tells nothing. */
function isOf({ mark }: Slot<unknown>, { second, third, fourth }: TokenMark): boolean {
  const differing = Number(mark.second !== second) + Number(mark.third !== third) + Number(mark.fourth !== fourth)
  return differing === 0
}
