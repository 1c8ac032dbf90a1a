import { sameAccount, type Principal } from '@sallyport/core'
import type { LiveSession } from './record.ts'
import type { Found } from './sessions.ts'

/** What came with the last request that was looked at closely, as it came: while it stays the same there is nothing to look at. */
export interface Inputs {
  readonly agent: string | undefined
  readonly address: string
  readonly language: string | undefined
  readonly device: string | undefined
}

/** A session that this process knows. */
export class KnownSession {
  readonly tag: string
  readonly sid: string
  found: Found<LiveSession>
  /** When it was last used here, in milliseconds. */
  lastSeen: number
  /** When it was last told of as used, in milliseconds. */
  told: number = -Infinity
  /** Its secret id as requests bring it; what is kept in the store is a digest. */
  secret: string | undefined
  inputs: Inputs | undefined
  /** Version of the list of revocations at which it was not revoked. */
  checked = -1
  /** Set when it has ended, for requests that hold on to it. */
  gone = false
  /** The principal of the cookie session. */
  principal: Principal | undefined

  constructor(found: Found<LiveSession>) {
    this.tag = found.tag
    this.sid = found.sid
    this.found = found
    this.lastSeen = found.record.lastSeenAt * 1000
  }

  get record(): LiveSession {
    return this.found.record
  }

  isOf(principal: Principal): boolean {
    return sameAccount(this.record.account, principal)
  }
}

/** The sessions that this process knows; those used longest ago are forgotten first. */
export class KnownSessions {
  readonly #bySid = new Map<string, KnownSession>()
  readonly #most: number
  readonly #keep: (known: KnownSession) => boolean

  /** @param keep which sessions are not forgotten yet: those with something to write, or a response that goes on */
  constructor(most: number, keep: (known: KnownSession) => boolean) {
    this.#most = most
    this.#keep = keep
  }

  get(sid: string): KnownSession | undefined {
    return this.#bySid.get(sid)
  }

  add(found: Found<LiveSession>): KnownSession {
    const present = this.#bySid.get(found.sid)
    if (present !== undefined && present.tag === found.tag && !present.gone) {
      // What this process has seen since it was read waits to be written.
      if (present.found.version !== found.version) present.found = found
      present.lastSeen = Math.max(present.lastSeen, found.record.lastSeenAt * 1000)
      return present
    }
    const known = new KnownSession(found)
    this.#bySid.set(found.sid, known)
    this.#shrink()
    return known
  }

  forget(sid: string): void {
    this.#bySid.delete(sid)
  }

  all(): Iterable<KnownSession> {
    return this.#bySid.values()
  }

  /** In the order in which they came: the ones that are in use come back by one reading of the store. */
  #shrink(): void {
    if (this.#bySid.size <= this.#most) return
    let looked = 0
    for (const [sid, known] of this.#bySid) {
      if (this.#bySid.size <= this.#most || looked++ > 100) return
      if (!this.#keep(known)) this.#bySid.delete(sid)
    }
  }
}
