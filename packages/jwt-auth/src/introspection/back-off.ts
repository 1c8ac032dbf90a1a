const FIRST = 1000
const LONGEST = 30_000

/** When a server that does not answer is asked again: by one request after 1 s, 2 s, 4 s … 30 s. Pure bookkeeping. */
export class BackOff {
  #failures = 0
  #failedAt = -Infinity
  #retryAt = -Infinity

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** Whether to ask now. A clock that was set back must not make the wait longer. */
  mayTry(now: number): boolean {
    return now >= this.#retryAt || now < this.#failedAt
  }

  /** A request goes out. While the server is failing it is the only one: the others wait for what becomes of it. */
  began(now: number): void {
    if (this.failing) this.#retryAt = now + this.#wait()
  }

  succeeded(): void {
    this.#failures = 0
    this.#retryAt = -Infinity
  }

  /** Requests that were under way together and fail together are one step. */
  failed(beganAt: number, now: number): void {
    if (this.failing && beganAt <= this.#failedAt) return
    this.#failures++
    this.#failedAt = now
    this.#retryAt = now + this.#wait()
  }

  /** Whole seconds until the next attempt, at least one. */
  retryAfter(now: number): number {
    return Math.max(1, Math.ceil((this.#retryAt - now) / 1000))
  }

  #wait(): number {
    return Math.min(LONGEST, FIRST * 2 ** (this.#failures - 1))
  }
}
