import type { Cancel } from '@sallyport/core/store'

/** Who wants to hear of which log. */
export class Hints {
  readonly #subscribers = new Map<string, Set<() => void>>()

  /** A function may subscribe twice: each subscription is its own. */
  add(channel: string, onHint: () => void): Cancel {
    const subscriber = (): void => onHint()
    const subscribers = this.#subscribers.get(channel) ?? new Set()
    this.#subscribers.set(channel, subscribers.add(subscriber))
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#subscribers.get(channel) === subscribers) this.#subscribers.delete(channel)
    }
  }

  wants(channel: string): boolean {
    return this.#subscribers.has(channel)
  }

  get channels(): readonly string[] {
    return [...this.#subscribers.keys()]
  }

  /** Tells the subscribers of a channel. */
  announce(channel: string): void {
    for (const subscriber of this.#subscribers.get(channel) ?? []) subscriber()
  }

  clear(): void {
    this.#subscribers.clear()
  }
}
