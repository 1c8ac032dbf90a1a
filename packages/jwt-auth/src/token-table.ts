import { sameMark, type TokenMark } from './token-mark.ts'

const LEAST_SLOTS = 16
/** Numbers in a mark. */
const WIDTH = 4

/**
 * Values by the marks of tokens. An open table (linear probing), so that looking something up allocates nothing, and the garbage collector
 * has nothing to follow but the values.
 */
export class TokenTable<Value extends object | number> {
  #marks: Float64Array
  #values: (Value | undefined)[]
  #shift: number
  #size = 0

  /** @param slots how much room to begin with: a power of two */
  constructor(slots: number = LEAST_SLOTS) {
    this.#marks = new Float64Array(slots * WIDTH)
    this.#values = Array.from<undefined>({ length: slots })
    this.#shift = Math.clz32(slots) + 1
  }

  get size(): number {
    return this.#size
  }

  get slots(): number {
    return this.#values.length
  }

  get(mark: TokenMark): Value | undefined {
    return this.#values[this.#slotOf(mark, 0)]
  }

  set(mark: TokenMark, value: Value): void {
    if ((this.#size + 1) * 4 > this.#values.length * 3) this.#grow()
    this.#put(mark, 0, value)
  }

  #put(marks: TokenMark, at: number, value: Value): void {
    const slot = this.#slotOf(marks, at)
    if (this.#values[slot] === undefined) this.#size++
    this.#values[slot] = value
    for (let i = 0; i < WIDTH; i++) this.#marks[slot * WIDTH + i] = marks[at + i]!
  }

  /** Where a mark is, or would be. There is always a slot that is free. */
  #slotOf(marks: TokenMark, at: number): number {
    const last = this.#values.length - 1
    // The high bits of a product depend on all bits of the factor (Fibonacci hashing).
    let slot = Math.imul(marks[at]! | 0, 0x9e37_79b1) >>> this.#shift
    while (this.#values[slot] !== undefined && !sameMark(this.#marks, slot * WIDTH, marks, at)) slot = (slot + 1) & last
    return slot
  }

  #grow(): void {
    const [marks, values] = [this.#marks, this.#values]
    const slots = values.length * 2
    this.#marks = new Float64Array(slots * WIDTH)
    this.#values = Array.from<undefined>({ length: slots })
    this.#shift--
    this.#size = 0
    for (const [slot, value] of values.entries()) if (value !== undefined) this.#put(marks, slot * WIDTH, value)
  }
}
