import { REVOCATION_MARGIN, type Revocation } from './revocations.ts'

/** Most revocations that wait for the store. Whoever asked for them was told that they were not recorded. */
const MOST = 10_000

/**
 * Revocations that this node knows and the store has not confirmed. Each is sent again until it is. One that did reach the store, and
 * whose answer did not come back, is then recorded twice, which says no more than once.
 */
export class RevocationOutbox {
  readonly #owed = new Map<string, Revocation>()
  readonly #send: (revocation: Revocation) => Promise<void>
  #sending = false

  /** `send` records a revocation, and rejects when it cannot. */
  constructor(send: (revocation: Revocation) => Promise<void>) {
    this.#send = send
  }

  get size(): number {
    return this.#owed.size
  }

  /** Sends a revocation now. When that fails it is kept, and the failure is the caller's too. */
  async post(revocation: Revocation): Promise<void> {
    const name = JSON.stringify(revocation)
    try {
      await this.#send(revocation)
      this.#owed.delete(name)
    } catch (thrown) {
      if (this.#owed.size < MOST) this.#owed.set(name, revocation)
      throw thrown
    }
  }

  /** Sends what is owed, one after the other, until one fails. `now`: in seconds. */
  async flush(now: number, onSent: (revocation: Revocation) => void): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    try {
      for (const [name, revocation] of this.#owed) {
        const alive = revocation.expiresAt + REVOCATION_MARGIN > now
        if (alive) await this.#send(revocation)
        this.#owed.delete(name)
        if (alive) onSent(revocation)
      }
    } catch {
      // It was told when it was first tried.
    } finally {
      this.#sending = false
    }
  }
}
