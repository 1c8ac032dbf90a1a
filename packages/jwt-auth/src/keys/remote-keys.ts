import { debugOf, type Cancel, type Environment } from '@sallyport/core'
import { Refusal } from '../errors.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { discoverJwksUri } from './discovery.ts'
import { FetchFailure, fetchJson, type Fetched } from './fetch-json.ts'
import type { VerificationKey } from './key.ts'
import { KeySet, readKeySet } from './key-set.ts'
import { KeySchedule, type ScheduleLimits } from './schedule.ts'
import type { KeySource, KeyState, WantedKey } from './source.ts'

const debug = debugOf('jwt-auth')

/** Where a key set is. */
export interface KeyPlace {
  /** The key set's own URL; else it is found by discovery. */
  readonly jwksUri?: string | undefined
  /** The metadata's own URL; else it is made from the issuer. */
  readonly discoveryUrl?: string | undefined
  /** Reads it in this process. */
  readonly read?: () => Promise<unknown>
}

/** How long a key set that is read in this process counts as fresh, in seconds: nothing is spared by keeping it. */
const NEAR = 60

/** Where keys are fetched from, and within which bounds. */
export interface RemoteKeysInit extends ScheduleLimits {
  readonly issuer: string
  readonly place: KeyPlace
  readonly allowed: readonly SignatureAlgorithm[] | undefined
  /** Milliseconds. */
  readonly timeout: number
  readonly maxBytes: number
  readonly environment: Environment
}

/** Keys that a server publishes: fetched ahead of their end, by one request at a time, and used on for a while when it is down. */
export class RemoteKeys implements KeySource {
  readonly #init: RemoteKeysInit
  readonly #schedule: KeySchedule
  readonly #closing = new AbortController()
  #set: KeySet = new KeySet([])
  #inFlight: Promise<void> | undefined

  constructor(init: RemoteKeysInit) {
    this.#init = init
    this.#schedule = new KeySchedule(init)
  }

  close(): void {
    this.#closing.abort()
  }

  get size(): number {
    return this.#set.keys.length
  }

  find(wanted: WantedKey): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const now = this.#now()
    if (!this.holds(now)) return this.#fetched(now).then(() => this.#lookUp(wanted))
    return this.#lookUp(wanted)
  }

  async findOthers(wanted: WantedKey, tried: readonly VerificationKey[]): Promise<readonly VerificationKey[]> {
    if (this.#inFlight || this.#schedule.mayAsk(this.#now())) await this.#refresh()
    const others = this.#set.select(wanted).filter((key) => !tried.includes(key))
    if (others.length > 0 || !this.#schedule.failing) return others
    throw this.#unavailable('no key of the key set that was fetched last has signed the token')
  }

  holds(now: number): boolean {
    if (this.#schedule.standing(now) === 'none') return false
    if (this.#schedule.due(now)) void this.#refresh()
    return true
  }

  state(now: number): KeyState {
    if (this.#schedule.due(now)) void this.#refresh()
    const standing = this.#schedule.standing(now)
    if (standing !== 'none') return standing === 'fresh' ? 'ready' : 'stale'
    return this.#schedule.failing ? 'unavailable' : 'pending'
  }

  #lookUp(wanted: WantedKey): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const found = this.#set.select(wanted)
    if (found.length > 0) return found
    if (this.#inFlight || this.#schedule.mayAsk(this.#now())) {
      return this.#refresh().then(() => {
        const late = this.#set.select(wanted)
        if (late.length === 0) throw this.#unknownKey()
        return late
      })
    }
    throw this.#unknownKey()
  }

  /** While the server does not answer nobody can say that a key is not there: it may be a new one. */
  #unknownKey(): Refusal {
    if (this.#schedule.failing) return this.#unavailable('the key is not in the key set that was fetched last')
    return new Refusal('ERR_JWT_KEY', 'the key is not in the key set')
  }

  #unavailable(why: string): Refusal {
    const retryAfter = String(this.#schedule.retryAfter(this.#now()))
    return new Refusal('ERR_JWT_KEYS_UNAVAILABLE', why, { 'retry-after': retryAfter })
  }

  async #fetched(now: number): Promise<void> {
    if (this.#inFlight || this.#schedule.mayTry(now)) await this.#refresh()
    if (this.#schedule.standing(this.#now()) === 'none') throw this.#unavailable('no key set could be fetched')
  }

  /** One attempt at a time, whoever asks. Never rejects. */
  #refresh(): Promise<void> {
    return (this.#inFlight ??= this.#attempt().finally(() => {
      this.#inFlight = undefined
    }))
  }

  async #attempt(): Promise<void> {
    const wasFailing = this.#schedule.failing
    this.#schedule.began(this.#now())
    try {
      const { document, freshFor } = await this.#document()
      const read = readKeySet(document, this.#init.allowed)
      if (!read) throw new FetchFailure('is no key set')
      for (const flaw of read.flaws) debug(`key set of ${this.#init.issuer}: left out ${flaw}`)
      // Whoever publishes no key at all has an accident more likely than an intention; the bound on stale keys ends it either way.
      if (read.set.keys.length === 0) throw new FetchFailure('holds no usable key')
      this.#set = read.set.succeed(this.#set)
      this.#schedule.succeeded(this.#now(), freshFor)
      debug(`key set of ${this.#init.issuer}: fetched, ${this.size} keys`)
      if (wasFailing) this.#announce(true)
    } catch (thrown) {
      this.#schedule.failed(this.#now())
      const why = thrown instanceof FetchFailure ? thrown.message : 'could not be read'
      debug(`key set of ${this.#init.issuer}: ${why}; next attempt in ${this.#schedule.retryAfter(this.#now())} s`)
      if (!wasFailing && !this.#closing.signal.aborted) this.#announce(false)
    }
  }

  /** Found anew for each attempt: it may move. */
  async #document(): Promise<Fetched> {
    const { issuer, place } = this.#init
    const { read, jwksUri, discoveryUrl } = place
    if (read !== undefined) return { document: await this.#inTime(read), freshFor: NEAR }
    return this.#get(jwksUri ?? (await discoverJwksUri(issuer, discoveryUrl, (url) => this.#get(url))))
  }

  #get(url: string): Promise<Fetched> {
    const { timeout, maxBytes, environment } = this.#init
    return fetchJson(url, { timeout, maxBytes, clock: environment.clock, signal: this.#closing.signal })
  }

  async #inTime(read: () => Promise<unknown>): Promise<unknown> {
    const { timeout, environment } = this.#init
    let cancel: Cancel | undefined
    const late = new Promise<never>((_resolve, reject) => {
      cancel = environment.clock.after(timeout, () => reject(new FetchFailure('took too long')))
    })
    try {
      return await Promise.race([read(), late])
    } finally {
      cancel?.()
    }
  }

  #announce(healthy: boolean): void {
    const { environment, issuer } = this.#init
    const waited = environment.publish('health.changed', { part: 'jwt-auth keys', healthy, detail: issuer })
    // Nobody's request depends on it.
    waited?.catch(() => undefined)
  }

  #now(): number {
    return this.#init.environment.clock.now()
  }
}
