import { postgresError } from './errors.ts'

/** Calls that may wait for a place; one more is refused at once. */
const MOST_WAITING = 10_000

/**
 * As many places as the pool has connections. A call that has given up while the pool still owes it a connection keeps its place: so
 * no more of them than this ever stand in the pool's own queue, which nobody can leave.
 */
export class Places {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /**
   * Runs `begin` once there is a place, which may be now. Answers what takes it out of the queue.
   * @throws SecurityError ERR_POSTGRES_OVERLOADED when too many wait
   */
  enter(begin: () => void): () => void {
    if (this.#free > 0) {
      this.#free--
      begin()
      return () => undefined
    }
    if (this.#waiting.size >= MOST_WAITING) throw postgresError('ERR_POSTGRES_OVERLOADED')
    this.#waiting.add(begin)
    return () => void this.#waiting.delete(begin)
  }

  /** Gives a place back: to who has waited longest. */
  free(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
