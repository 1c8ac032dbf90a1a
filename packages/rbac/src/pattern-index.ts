import { patternsCovering } from './permission.ts'
import type { Steps } from './steps.ts'

/** What belongs to patterns, found by permission: time for one look-up does not grow with the number of patterns. */
export class PatternIndex<Cell> {
  readonly #cells = new Map<string, Cell>()
  readonly #make: () => Cell

  constructor(make: () => Cell) {
    this.#make = make
  }

  /** The cell of a pattern, made where there is none. */
  at(text: string): Cell {
    let cell = this.#cells.get(text)
    if (cell === undefined) this.#cells.set(text, (cell = this.#make()))
    return cell
  }

  /** The cells of the patterns that cover a well-formed permission, the narrowest pattern's first. */
  covering(permission: string): readonly Cell[] {
    if (this.#cells.size === 0) return []
    const found: Cell[] = []
    for (const text of patternsCovering(permission)) {
      const cell = this.#cells.get(text)
      if (cell !== undefined) found.push(cell)
    }
    return found
  }
}

/** Holders of something, such as roles, by name. */
export type Holders = ReadonlyMap<string, unknown>

/** Whether one of the names is in one of the maps. */
export function anyHolds(maps: readonly Holders[], names: readonly string[]): boolean {
  for (let m = 0; m < maps.length; m++) {
    const holders = maps[m]!
    for (let n = 0; n < names.length; n++) if (holders.has(names[n]!)) return true
  }
  return false
}

/** Every pattern that covers at least one of the names. */
export function* patternsOf(names: Iterable<string>): Steps<ReadonlySet<string>> {
  const patterns = new Set<string>(['*'])
  for (const name of names) {
    for (const pattern of patternsCovering(name)) patterns.add(pattern)
    yield
  }
  return patterns
}
