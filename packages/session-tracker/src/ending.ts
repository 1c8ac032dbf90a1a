import type { Principal } from '@sallyport/core'
import { eventAccount, partitionOf } from './account.ts'
import type { Ending, SessionListener } from './hooks.ts'
import type { KnownSessions } from './known-session.ts'
import { findLedger, putLedger } from './ledger.ts'
import type { EndedSession, LiveSession } from './record.ts'
import { ATTEMPTS, contended, endedOf, type Found, type Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'
import type { Streams } from './streams.ts'

/**
 * Ends sessions so that they stay ended.
 *
 * In this order: what is left of the session takes its place in the store, over which no request that is under way writes; then it is
 * revoked on every node, which refuses its tokens and whoever knows it; then the app's own entry goes. Were the second step to fail, whoever
 * meets what is left makes up for it.
 */
export class Endings {
  readonly #settings: TrackerSettings
  readonly #sessions: Sessions
  readonly #known: KnownSessions
  readonly #streams: Streams
  readonly #listeners: readonly SessionListener[]

  constructor(
    settings: TrackerSettings,
    sessions: Sessions,
    known: KnownSessions,
    streams: Streams,
    listeners: readonly SessionListener[],
  ) {
    this.#settings = settings
    this.#streams = streams
    this.#sessions = sessions
    this.#known = known
    this.#listeners = listeners
  }

  /** Ends one session. Answers whether it was this call that did. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
  async end(tag: string, sid: string, ending: Ending): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#sessions.find(tag, sid)
      if (found === undefined) return false
      if (found.record.state === 'ended') {
        await this.finish(found as Found<EndedSession>)
        return false
      }
      if (await this.#endFound(found as Found<LiveSession>, ending)) return true
    }
    throw contended()
  }

  /** Ends all sessions of an account but one. Answers how many. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
  async endAll(tag: string, ending: Ending, except?: string): Promise<number> {
    if (except === undefined) await this.#closeTheBook(tag)
    const now = this.#now()
    const live = (await this.#sessions.list(tag, now)).filter(({ sid }) => sid !== except)
    // Each by itself: one that cannot be ended must not keep the others.
    const done = await Promise.allSettled(live.map(({ sid }) => this.end(tag, sid, ending)))
    const failed = done.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
    return done.filter((one) => one.status === 'fulfilled' && one.value).length
  }

  /** What follows when what is left of a session stands in the store. */
  async settled(ended: Found<EndedSession>, { reason, by = 'system' }: Ending): Promise<void> {
    const { tag, sid, record } = ended
    const known = this.#known.get(sid)
    if (known?.tag === tag) {
      known.gone = true
      this.#streams.end(known)
      this.#known.forget(sid)
    }
    await this.#revoke(ended)
    await Promise.all(this.#listeners.map(async (listener) => listener.ended?.(ended, { reason, by })))
    const account = eventAccount(record.account, sid)
    const lasted = Math.max(0, record.endedAt - record.createdAt)
    await this.#settings.environment.publish('session.ended', { account, reason, by, lasted })
  }

  /** Makes up for a revocation that was lost between the steps. */
  async finish(ended: Found<EndedSession>): Promise<void> {
    const { record, sid } = ended
    const { revocations } = this.#settings.environment
    const credential = {
      kind: 'session',
      ambient: false,
      issuedAt: record.createdAt,
      ...(record.token !== undefined && { id: record.token }),
    }
    const principal: Principal = { ...record.account, roles: [], amr: [], sid, credential }
    if (revocations.find(principal) === undefined) await this.#revoke(ended)
  }

  async #endFound(found: Found<LiveSession>, ending: Ending): Promise<boolean> {
    const now = this.#now()
    const ended = await this.#sessions.replace(found, endedOf(found.record, ending.reason, now), now)
    if (ended === undefined) return false
    await this.settled(ended, ending)
    return true
  }

  async #revoke({ sid, record }: Found<EndedSession>): Promise<void> {
    const { revocations } = this.#settings.environment
    const { issuer } = record.account
    const { reason, endsAt, token } = record
    // Tokens of the session may have been given just now, and refresh tokens live as long as it would have.
    const expiresAt = Math.max(endsAt, this.#now() + 60)
    await Promise.all([
      revocations.revoke({ kind: 'session', issuer, id: sid, expiresAt, reason }),
      token === undefined ? undefined : revocations.revoke({ kind: 'token', issuer, id: token, expiresAt, reason }),
    ])
  }

  /** From now on a session that nobody has seen yet must show that it is younger. */
  async #closeTheBook(tag: string): Promise<void> {
    const { store } = this.#sessions
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await findLedger(store, tag)
      const put = putLedger(found, { ...found.ledger, endedAt: this.#now() }, this.#settings.absolute)
      if ((await store.commit(partitionOf(tag), [put])).ok) return
    }
    throw contended()
  }

  #now(): number {
    return Math.floor(this.#settings.environment.clock.now() / 1000)
  }
}
