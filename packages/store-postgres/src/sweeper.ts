import { setImmediate as turn } from 'node:timers/promises'
import { debugOf, type Cancel, type Clock } from '@sallyport/core'
import type { Connections } from './connections.ts'
import { nameOf } from './failure.ts'
import { quote } from './identifiers.ts'
import type { Row } from './pool.ts'

/** Rows of each table that one statement removes: a few milliseconds of work, with few locks at once. */
const BATCH = 1000

const debug = debugOf('store-postgres')

/** Removes what has expired: in small batches, so that nobody waits for long. */
export class Sweeper {
  readonly #connections: Connections
  readonly #statement: string
  readonly #interval: number
  readonly #clock: Clock
  #timer: Cancel | undefined
  #stopped = false

  constructor(connections: Connections, schema: string, interval: number, clock: Clock) {
    this.#connections = connections
    this.#statement = `select ${quote(schema)}.sweep($1, $2, $3) as removed`
    this.#interval = interval
    this.#clock = clock
  }

  /** Begins to sweep from time to time; calling it again does nothing. */
  start(): void {
    if (this.#timer === undefined && !this.#stopped) this.#plan()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.()
  }

  /** Removes all that has expired by now, beside whoever else sweeps. */
  sweep(): Promise<number> {
    return this.#run(true, false)
  }

  /** Not all nodes at once: each waits for another while, and one that finds another at work leaves it to that one. */
  #plan(): void {
    this.#timer = this.#clock.after(this.#interval * (0.5 + Math.random()), () => {
      this.#run(false, true)
        .catch((thrown: unknown) => debug(`a sweep failed: ${nameOf(thrown)}`))
        .finally(() => this.#stopped || this.#plan())
    })
  }

  async #run(exact: boolean, alone: boolean): Promise<number> {
    for (let total = 0; ;) {
      const [row] = await this.#connections.query<Row<'removed'>>(this.#statement, [BATCH, exact, alone])
      const removed = Number(row!.removed)
      total += removed
      if (removed < BATCH || this.#stopped) return total
      await turn()
    }
  }
}
