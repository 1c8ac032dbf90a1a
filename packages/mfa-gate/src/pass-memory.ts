import type { Clock } from '@sallyport/core'

/** How long a pass without a second factor is remembered, in milliseconds: as late may news of another node be. */
const LIFETIME = 5000
const MOST = 10_000

/** Who was let pass a moment ago without a second factor, so that not every request asks the store. */
export class PassMemory {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(key: string): boolean {
    const until = this.#until.get(key)
    if (until === undefined) return false
    const now = this.#clock.now()
    // A clock that was set back must not make it last.
    if (now < until && until - now <= LIFETIME) return true
    this.#until.delete(key)
    return false
  }

  add(key: string): void {
    this.#until.delete(key)
    this.#until.set(key, this.#clock.now() + LIFETIME)
    if (this.#until.size > MOST) this.#until.delete(this.#until.keys().next().value!)
  }

  /** Something was set up or taken away here. */
  clear(): void {
    this.#until.clear()
  }
}
