/** Keeps the values of a label few: whoever may choose them would otherwise fill the memory of everybody who collects them. */
export class Labels {
  readonly #most: number
  readonly #known = new Map<string, Set<string>>()

  constructor(most: number) {
    this.#most = most
  }

  /** The value, or `other` where there are enough of that label already. */
  of(label: string, value: unknown): string {
    const text = typeof value === 'string' && value !== '' ? value.slice(0, 100) : 'unknown'
    const known = this.#known.get(label) ?? new Set()
    this.#known.set(label, known)
    if (known.has(text)) return text
    if (known.size >= this.#most) return 'other'
    known.add(text)
    return text
  }
}
