import type { Cancel } from '@sallyport/core/store'

/** Who wants to hear of which log; a log by its `hintOf`. */
export class Hints {
  readonly #subscribers = new Map<string, Set<() => void>>()

  get size(): number {
    return this.#subscribers.size
  }

  /** A function may subscribe twice: each subscription is its own. */
  add(log: string, onHint: () => void): Cancel {
    const subscriber = (): void => onHint()
    const subscribers = this.#subscribers.get(log) ?? new Set()
    this.#subscribers.set(log, subscribers.add(subscriber))
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#subscribers.get(log) === subscribers) this.#subscribers.delete(log)
    }
  }

  /** Tells the subscribers of a log; all, when nobody knows which logs went on. */
  announce(log?: string): void {
    const told = log === undefined ? [...this.#subscribers.values()] : [this.#subscribers.get(log) ?? []]
    for (const subscribers of told) for (const subscriber of subscribers) subscriber()
  }

  clear(): void {
    this.#subscribers.clear()
  }
}
