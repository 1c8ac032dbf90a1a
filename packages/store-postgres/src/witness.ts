/** A record that this process knows to be in a log: it has appended or read it. */
export interface Seen {
  readonly index: number
  /** Random: another record of the same number has another one. */
  readonly tag: string
}

/** Logs that are remembered; the one remembered first is forgotten for one more. */
const MOST_LOGS = 10_000

/**
 * What this process remembers of each log, to be compared by the server with what is there. A server that was restored from a backup, or a
 * standby that took over too early, does not know by itself what it has lost.
 */
export class Witness {
  #generation: string | undefined
  readonly #newest = new Map<string, Seen>()

  get generation(): string | undefined {
    return this.#generation
  }

  of(log: string): Seen | undefined {
    return this.#newest.get(log)
  }

  /** Remembers the newest record of a log. In another generation nothing of what was known counts. */
  remember(generation: string, log: string, seen: Seen | undefined): void {
    if (generation !== this.#generation) {
      this.#generation = generation
      this.#newest.clear()
    }
    if (seen === undefined || seen.index <= (this.#newest.get(log)?.index ?? 0)) return
    if (this.#newest.size >= MOST_LOGS && !this.#newest.has(log)) {
      const [oldest] = this.#newest.keys()
      this.#newest.delete(oldest!)
    }
    this.#newest.set(log, seen)
  }
}
