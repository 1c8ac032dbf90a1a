import { debugOf, type Clock } from '@sallyport/core'
import type { Connections } from './connections.ts'
import { nameOf } from './failure.ts'
import { channelOf } from './identifiers.ts'
import { hintOf } from './names.ts'

/** Pause after an announcement, in milliseconds: what is appended to a log meanwhile is announced once. */
const PAUSE = 10

const debug = debugOf('store-postgres')

/**
 * Announces appends to other processes: after the append was acknowledged, and apart from it. NOTIFY within the append would hold a
 * lock of the whole server while that commits, and would have it refused when somebody's idle listener has let the queue fill: no revocation
 * may depend on either. It is a hint and may get lost.
 */
export class Announcer {
  readonly #connections: Connections
  readonly #channel: string
  readonly #clock: Clock
  /** Logs of which an announcement or its pause runs, with whether another is due then. */
  readonly #busy = new Map<string, boolean>()

  constructor(connections: Connections, schema: string, clock: Clock) {
    this.#connections = connections
    this.#channel = channelOf(schema)
    this.#clock = clock
  }

  announce(log: string): void {
    if (this.#busy.has(log)) this.#busy.set(log, true)
    else void this.#notify(log)
  }

  async #notify(log: string): Promise<void> {
    this.#busy.set(log, false)
    try {
      await this.#connections.query('select pg_catalog.pg_notify($1, $2)', [this.#channel, hintOf(log)])
    } catch (thrown) {
      debug(`an append was not announced: ${nameOf(thrown)}`)
    }
    this.#clock.after(PAUSE, () => {
      if (this.#busy.get(log) === true) void this.#notify(log)
      else this.#busy.delete(log)
    })
  }
}
