import { compareGenerations } from './generation.ts'

/** The newest record that this process knows to be in a log. */
export interface Seen {
  readonly index: number
  /** Chance: another record of the same number has another one. */
  readonly tag: Buffer
}

/** Logs that are remembered; the one remembered first is forgotten for one more. */
const MOST_LOGS = 10_000

/**
 * What this process remembers of each log, to be compared by the server with what is there. A replica that took over too early does not know by
 * itself what it lacks.
 */
export class Witness {
  #generation: string | undefined
  readonly #newest = new Map<string, Seen>()

  /** The newest record known of a log, of this generation. */
  of(log: string, generation: string): Seen | undefined {
    return generation === this.#generation ? this.#newest.get(log) : undefined
  }

  /** Remembers the newest record of a log. In another generation nothing of what was known counts. */
  remember(generation: string, log: string, seen: Seen): void {
    if (generation !== this.#generation) {
      if (this.#generation !== undefined && compareGenerations(generation, this.#generation) < 0) return
      this.#generation = generation
      this.#newest.clear()
    }
    if (seen.index < (this.#newest.get(log)?.index ?? 0)) return
    if (this.#newest.size >= MOST_LOGS && !this.#newest.has(log)) {
      const [oldest] = this.#newest.keys()
      this.#newest.delete(oldest!)
    }
    this.#newest.set(log, seen)
  }
}
