import { debugOf, type Cancel, type Clock } from '@sallyport/core'
import { nameOf } from './failure.ts'
import type { Hints } from './hints.ts'
import { inTime } from './in-time.ts'
import type { Ear, Source } from './link.ts'

/** Wait before the next attempt, in milliseconds: from the first to the longest, doubled each time, of which a random half is left out. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 5000

/** How often a silent connection is asked for a sign of life, in milliseconds. */
const HEARTBEAT = 30_000

/** Time for the connection, and for each answer, in milliseconds. */
const LIMIT = 5000

const debug = debugOf('store-redis')

/** The one connection of a store that listens, made anew for as long as anybody wants to hear. */
export class Listener {
  readonly #source: Pick<Source, 'ear'>
  readonly #hints: Hints
  readonly #clock: Clock
  #ear: Ear | undefined
  /** The connection that is being made, until it is lost or not wanted any more. */
  #candidate: Ear | undefined
  /** Channels that the present connection listens to. */
  #heard = new Set<string>()
  /** Those that the one before it listened to. */
  #missed: ReadonlySet<string> = new Set()
  #attempt: Promise<void> | undefined
  #failures = 0
  #timer: Cancel = () => undefined

  constructor(source: Pick<Source, 'ear'>, hints: Hints, clock: Clock) {
    this.#source = source
    this.#hints = hints
    this.#clock = clock
  }

  /** Settles when it listens to a channel that is wanted. */
  async listen(channel: string): Promise<void> {
    if (this.#ear === undefined) await (this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined)))
    if (this.#ear) await inTime(this.#clock, LIMIT, this.#subscribe(this.#ear, channel))
  }

  /** Listens no more to what nobody wants to hear. */
  forget(channel: string): void {
    if (this.#hints.wants(channel)) return
    if (this.#hints.channels.length === 0) return this.stop()
    if (this.#heard.delete(channel))
      this.#ear?.unsubscribe(channel).catch((thrown: unknown) => debug(`a channel was not left: ${nameOf(thrown)}`))
  }

  stop(): void {
    this.#timer()
    const ears = [this.#ear, this.#candidate]
    this.#ear = undefined
    this.#candidate = undefined
    for (const ear of ears) ear?.destroy()
  }

  async #connect(): Promise<void> {
    this.#timer()
    let ear: Ear | undefined
    try {
      ear = await this.#source.ear(LIMIT, (channel) => this.#hints.announce(channel))
      this.#candidate = ear
      await inTime(this.#clock, LIMIT, this.#open(ear))
      if (this.#candidate !== ear) throw new Error('The connection was lost as soon as it stood')
    } catch (thrown) {
      ear?.destroy()
      this.#failures++
      this.#retryLater()
      throw thrown
    }
    this.#candidate = undefined
    this.#ear = ear
    this.#failures = 0
    this.#watch(ear)
    // What was said while nobody listened was not heard.
    for (const channel of this.#missed) this.#hints.announce(channel)
    this.#missed = new Set()
  }

  async #open(ear: Ear): Promise<void> {
    await ear.open(() => this.#lose(ear))
    this.#heard = new Set()
    await Promise.all(this.#hints.channels.map((channel) => this.#subscribe(ear, channel)))
  }

  async #subscribe(ear: Ear, channel: string): Promise<void> {
    if (this.#heard.has(channel)) return
    this.#heard.add(channel)
    try {
      await ear.subscribe(channel)
    } catch (thrown) {
      this.#heard.delete(channel)
      throw thrown
    }
  }

  #lose(ear: Ear): void {
    ear.destroy()
    if (this.#candidate === ear) this.#candidate = undefined
    if (this.#ear !== ear) return
    this.#ear = undefined
    this.#missed = this.#heard
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#hints.channels.length === 0) return
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.#failures, 10)) * (1 - Math.random() / 2)
    this.#timer = this.#clock.after(wait, () => {
      if (this.#ear !== undefined || this.#attempt !== undefined || this.#hints.channels.length === 0) return
      this.#attempt = this.#connect().finally(() => (this.#attempt = undefined))
      this.#attempt.catch((thrown: unknown) => debug(`the listening connection failed: ${nameOf(thrown)}`))
    })
  }

  /** A connection that was cut without a word looks like one on which nothing happens. */
  #watch(ear: Ear): void {
    this.#timer = this.#clock.after(HEARTBEAT, () => {
      inTime(this.#clock, LIMIT, ear.ping()).then(
        () => this.#ear === ear && this.#watch(ear),
        () => this.#ear === ear && this.#lose(ear),
      )
    })
  }
}
