import type { Clock } from '@sallyport/core'
import { postgresError } from './errors.ts'
import { isConnectionSound, isRetried } from './failure.ts'
import { Pipeline } from './pipeline.ts'
import { Places } from './places.ts'
import { inTransaction, type PostgresClient, type PostgresPool } from './pool.ts'

/** Further attempts at a transaction that the server rolled back in favour of another. */
const RETRIES = 2

/** Connections of the pool, each for a limited time: whatever the pool, the network or the server do, a call ends. */
export class Connections {
  readonly #pool: PostgresPool
  readonly #clock: Clock
  readonly #timeout: number
  readonly #places: Places
  /** Where the app has made its pool so. */
  readonly #pipeline: Pipeline | undefined

  /** `timeout`: time for one call with all that belongs to it, in milliseconds. */
  constructor(pool: PostgresPool, timeout: number, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
    this.#timeout = timeout
    const { max = 10, pipeline } = pool.options as { max?: number; pipeline?: unknown }
    this.#places = new Places(max)
    this.#pipeline = pipeline === true ? new Pipeline((task) => this.use(task)) : undefined
    surviveIdleErrors(pool)
  }

  /**
   * Runs one statement in a transaction of its own, in one round trip; answers its rows.
   * @throws SecurityError ERR_POSTGRES_TIMEOUT, ERR_POSTGRES_OVERLOADED; or what `pg` threw: see `unavailable`
   */
  async query<R>(text: string, values?: unknown[]): Promise<readonly R[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { rows } = await (this.#pipeline?.query(text, values) ?? this.use((client) => client.query(text, values)))
        return rows as R[]
      } catch (thrown) {
        if (attempt === RETRIES || !isRetried(thrown)) throw thrown
      }
    }
  }

  /**
   * Lends a connection. When the time is over it is ended, because nobody knows what it still does: whatever `task` waits for then fails.
   */
  use<T>(task: (client: PostgresClient) => Promise<T>, timeout: number = this.#timeout): Promise<T> {
    return new Promise((resolve, reject) => {
      const call: Call = { over: false, stop: () => undefined }
      const cancel = this.#clock.after(timeout, () => {
        call.over = true
        call.stop()
        reject(postgresError('ERR_POSTGRES_TIMEOUT', { message: `PostgreSQL did not answer within ${timeout} ms` }))
      })
      const begin = (): void => {
        this.#lend(call, task)
          .then(resolve, reject)
          .finally(() => {
            cancel()
            this.#places.free()
          })
      }
      try {
        call.stop = this.#places.enter(begin)
      } catch (thrown) {
        cancel()
        reject(thrown)
      }
    })
  }

  async #lend<T>(call: Call, task: (client: PostgresClient) => Promise<T>): Promise<T> {
    let client = await this.#pool.connect()
    while (call.over || inTransaction(client)) {
      client.release(!call.over)
      if (call.over) throw postgresError('ERR_POSTGRES_TIMEOUT')
      client = await this.#pool.connect()
    }
    let returned = false
    const giveBack = (destroy: boolean): void => {
      if (returned) return
      returned = true
      client.removeListener('error', ignore)
      client.release(destroy)
    }
    client.on('error', ignore)
    call.stop = () => giveBack(true)
    try {
      const answer = await task(client)
      giveBack(false)
      return answer
    } catch (thrown) {
      giveBack(!isConnectionSound(thrown))
      throw thrown
    }
  }
}

/** A call on its way. */
interface Call {
  over: boolean
  /** Takes it out of the queue, or its connection away. */
  stop: () => void
}

const guarded = new WeakSet<PostgresPool>()

/**
 * A connection that breaks while it lies in the pool is an `error` event of the pool, and without a listener the end of the process. The
 * store has made connections in it, so the store listens; the app's own listeners hear it all the same.
 */
function surviveIdleErrors(pool: PostgresPool): void {
  if (guarded.has(pool)) return
  guarded.add(pool)
  pool.on('error', ignore)
  // A server that ends a connection in the moment in which it is made says both at once, and the second is an event before who asked for
  // the connection has it.
  pool.on('connect', (client) => client.on('error', ignore))
}

/** The statement that ran fails by itself, and so does the next one. */
function ignore(): void {
  // Nothing is lost by it.
}
