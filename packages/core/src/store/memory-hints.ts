import type { Cancel } from '../clock.ts'

/** Calls the subscribers of a log, later and once for many appends. */
export class MemoryHints {
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #due = new Set<string>()

  subscribe(log: string, onHint: () => void): Cancel {
    // A function may subscribe twice: each subscription is its own.
    const listener = (): void => onHint()
    const listeners = this.#listeners.get(log) ?? new Set()
    this.#listeners.set(log, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(log) === listeners) this.#listeners.delete(log)
    }
  }

  announce(log: string): void {
    if (!this.#listeners.has(log)) return
    if (this.#due.size === 0) setImmediate(() => this.#call())
    this.#due.add(log)
  }

  clear(): void {
    this.#listeners.clear()
  }

  #call(): void {
    const due = [...this.#due]
    this.#due.clear()
    for (const log of due) {
      for (const listener of this.#listeners.get(log) ?? []) listener()
    }
  }
}
