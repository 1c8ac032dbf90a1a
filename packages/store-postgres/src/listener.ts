import { debugOf, type Cancel, type Clock } from '@sallyport/core'
import { nameOf } from './failure.ts'
import { quote } from './identifiers.ts'

/** As much of a `Client` of `pg` 8 as listening needs. */
export interface ListeningClient {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
  on(event: 'notification', listener: (message: { readonly payload?: string }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  unref?(): void
}

/** Wait before the next attempt, in milliseconds: from the first to the longest, doubled each time, of which a random half is left out. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 5000

/** How often a silent connection is asked for a sign of life, in milliseconds. */
const HEARTBEAT = 30_000

const debug = debugOf('store-postgres')

/** A connection that listens to a channel, and is made anew for as long as it is wanted. It does not keep the process alive. */
export class Listener {
  readonly #make: () => ListeningClient
  readonly #channel: string
  readonly #timeout: number
  readonly #clock: Clock
  readonly #onHint: (payload?: string) => void
  #client: ListeningClient | undefined
  #attempt: Promise<void> | undefined
  #failures = 0
  #missed = false
  #timer: Cancel = () => undefined
  #wanted = false

  /** `onHint` is called with a payload, or without one when notifications may have been missed. */
  constructor(options: {
    readonly make: () => ListeningClient
    readonly channel: string
    /** Time for the connection, and for each answer, in milliseconds. */
    readonly timeout: number
    readonly clock: Clock
    readonly onHint: (payload?: string) => void
  }) {
    this.#make = options.make
    this.#channel = options.channel
    this.#timeout = options.timeout
    this.#clock = options.clock
    this.#onHint = options.onHint
  }

  /** Settles when it listens, or when the attempt has failed; it goes on trying by itself then, until `stop`. */
  start(): Promise<void> {
    this.#wanted = true
    if (this.#client !== undefined) return Promise.resolve()
    return (this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined)))
  }

  async stop(): Promise<void> {
    this.#wanted = false
    this.#timer()
    // One that is being made ends itself when it sees that it is not wanted.
    await this.#attempt?.catch(() => undefined)
    if (this.#wanted) return
    this.#missed = false
    const client = this.#client
    this.#client = undefined
    if (client) await this.#end(client)
  }

  async #connect(): Promise<void> {
    this.#timer()
    const client = this.#make()
    let lost = false
    const onLost = (): void => {
      lost = true
      if (this.#client === client) this.#lose()
    }
    client.on('error', onLost)
    client.on('end', onLost)
    client.on('notification', ({ payload }) => this.#client === client && this.#onHint(payload))
    try {
      await this.#inTime(client, async () => {
        await client.connect()
        await client.query(`LISTEN ${quote(this.#channel)}`)
      })
      if (lost) throw new Error('The connection was lost as soon as it stood')
    } catch (thrown) {
      void this.#end(client)
      this.#failures++
      this.#missed = true
      this.#retryLater()
      throw thrown
    }
    if (!this.#wanted) return this.#end(client)
    client.unref?.()
    this.#client = client
    this.#failures = 0
    this.#watch(client)
    if (this.#missed) this.#onHint()
    this.#missed = false
  }

  #lose(): void {
    const client = this.#client!
    this.#client = undefined
    this.#missed = true
    void this.#end(client)
    this.#retryLater()
  }

  #retryLater(): void {
    if (!this.#wanted) return
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.#failures, 10)) * (1 - Math.random() / 2)
    this.#timer = this.#clock.after(wait, () => {
      this.start().catch((thrown: unknown) => debug(`the listening connection failed: ${nameOf(thrown)}`))
    })
  }

  /** A connection that was cut without a word looks like one on which nothing happens. */
  #watch(client: ListeningClient): void {
    this.#timer = this.#clock.after(HEARTBEAT, () => {
      this.#inTime(client, () => client.query('SELECT')).then(
        () => this.#client === client && this.#watch(client),
        () => this.#client === client && this.#lose(),
      )
    })
  }

  /** Ends the connection when time is over, by which whatever waits for it fails. */
  async #inTime(client: ListeningClient, work: () => Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeout, () => {
        void this.#end(client)
        reject(new Error('No answer'))
      })
      work()
        .then(() => resolve(), reject)
        .finally(cancel)
    })
  }

  /** Waits for the end no longer than for any answer: a server that stands still does not say goodbye. */
  async #end(client: ListeningClient): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#timeout, resolve)
      client
        .end()
        .catch(() => undefined)
        .finally(() => {
          cancel()
          resolve()
        })
    })
  }
}
