import type { AccountId, Change, Exchange } from '@sallyport/core'
import { eventAccount, partitionOf } from './account.ts'
import type { Observer } from './client/observer.ts'
import type { DeviceCookie } from './device/device-cookie.ts'
import { afterLogin, deletionOf, MOST_DEVICES, slotOf, type Devices, type FoundDevice } from './device/devices.ts'
import { tellNews } from './device/news.ts'
import type { Endings } from './ending.ts'
import { sessionError } from './errors.ts'
import type { SessionListener } from './hooks.ts'
import type { Inputs } from './known-session.ts'
import { findLedger, putLedger } from './ledger.ts'
import { victimsOf } from './limits/victims.ts'
import type { Carrier, EndedSession, KeptLogin, LiveSession, Seen, Upstream } from './record.ts'
import { ATTEMPTS, contended, endedOf, type Found, type Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'
import { Turns } from './turns.ts'

/** A session that is about to be tracked. Times are in seconds since the Unix epoch. */
export interface Draft {
  readonly account: AccountId
  readonly tag: string
  readonly sid: string
  readonly carrier: Carrier
  readonly roles: readonly string[]
  readonly amr: readonly string[]
  readonly acr?: string
  readonly authTime?: number
  readonly key?: string
  readonly token?: string
  readonly jkt?: string
  readonly login?: KeptLogin
  readonly upstream?: Upstream
  /** Whether the login said so, or a request showed it. */
  readonly found: 'login' | 'request'
  /** Since when it is known to be a session; nothing where nobody can tell. */
  readonly datedAt: number | undefined
  /** Sessions that the user gives up for it. */
  readonly instead: readonly string[]
  /** Whether the client is one that keeps cookies. */
  readonly browser: boolean
}

/** What became of it: a session of its own, or the one that was there already under its name. */
export type Begun =
  | { readonly fresh: true; readonly found: Found<LiveSession> }
  | { readonly fresh: false; readonly found: Found }

/** What beginning is made of. */
export interface BeginningParts {
  readonly settings: TrackerSettings
  readonly sessions: Sessions
  readonly devices: Devices
  readonly deviceCookie: DeviceCookie | undefined
  readonly observer: Observer
  readonly endings: Endings
  readonly listeners: readonly SessionListener[]
}

/** Begins to track sessions: their limit, their device and what is new about them are decided in one step with what others begin. */
export class Beginning {
  readonly #parts: BeginningParts
  readonly #turns = new Turns()

  constructor(parts: BeginningParts) {
    this.#parts = parts
  }

  /**
   * @throws SecurityError ERR_SESSION_LIMIT (403), ERR_SESSION_UNDATED (401), ERR_STORE_UNAVAILABLE (503)
   */
  async begin(exchange: Exchange, inputs: Inputs, draft: Draft): Promise<Begun> {
    const { observer, deviceCookie } = this.#parts
    const seen = await observer.see(exchange, inputs)
    const draws = seen.device === undefined && deviceCookie !== undefined && draft.browser && isSafe(exchange.origin)
    const device = draws ? deviceCookie.draw() : seen.device
    const all = device === undefined ? seen : { ...seen, device }
    const begun = await this.#turns.take(draft.tag, () => this.#try(exchange, all, draft))
    if (begun.fresh && draws) await deviceCookie.write(exchange, device!)
    return begun
  }

  async #try(exchange: Exchange, seen: Seen, draft: Draft): Promise<Begun> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const begun = await this.#attempt(exchange, seen, draft)
      if (begun !== undefined) return begun
    }
    throw contended()
  }

  async #attempt(exchange: Exchange, seen: Seen, draft: Draft): Promise<Begun | undefined> {
    const { settings, sessions, devices, endings, listeners } = this.#parts
    const { environment, limit, absolute } = settings
    const { tag, sid, account } = draft
    const now = Math.floor(environment.clock.now() / 1000)
    const limited = limit !== undefined || draft.instead.length > 0
    // The book first: whoever begins after it was read changes it, and so is noticed; whoever began before is in the list.
    const book = await findLedger(sessions.store, tag)
    const [live, known] = await Promise.all([limited ? sessions.list(tag, now) : [], devices.list(tag)])
    const { endedAt } = book.ledger
    // Or in that second: nobody can tell which came first, as with revocations.
    if (endedAt !== undefined && (draft.datedAt === undefined || draft.datedAt <= endedAt)) {
      throw sessionError('ERR_SESSION_UNDATED')
    }
    const { victims, over, most } = victimsOf(live, draft, limit)
    const limits = over === 0 ? undefined : { account: eventAccount(account), most }
    if (limits !== undefined && limit?.beyond === 'refuse') {
      await environment.publish('session.limited', { ...limits, answer: 'refused' }, exchange)
      throw sessionError('ERR_SESSION_LIMIT')
    }
    const record = recordOf(draft, seen, now, absolute)
    const ended = victims.map((found) => endedOf(found.record, found.why, now))
    const changes: Change[] = [
      sessions.put(sid, record, now, 'absent'),
      putLedger(book, book.ledger, absolute),
      ...victims.map(({ sid: other, version }, i) => sessions.put(other, ended[i]!, now, { version })),
      ...this.#deviceChanges(seen, known, now),
    ]
    const done = await sessions.store.commit(partitionOf(tag), changes)
    if (!done.ok) {
      if (done.failed !== 0) return undefined
      const found = await sessions.find(tag, sid)
      return found && { fresh: false, found }
    }
    const found: Found<LiveSession> = { tag, sid, record, version: done.versions[0]! }
    for (const [i, { sid: other, why }] of victims.entries()) {
      const left: Found<EndedSession> = { tag, sid: other, record: ended[i]!, version: done.versions[2 + i]! }
      await endings.settled(left, { reason: why, by: why === 'instead' ? 'user' : 'policy' })
    }
    if (limits !== undefined)
      await environment.publish('session.limited', { ...limits, answer: 'ended-oldest' }, exchange)
    for (const listener of listeners) listener.begun?.(found)
    const { client, place } = seen
    const country = place?.country
    const told = { browser: client.browser, os: client.os, ...(country !== undefined && { country }) }
    const who = eventAccount(account, sid)
    await environment.publish('session.begun', { account: who, ...told, found: draft.found }, exchange)
    await tellNews(environment, exchange, who, seen, known)
    return { fresh: true, found }
  }

  #deviceChanges(seen: Seen, known: readonly FoundDevice[], now: number): Change[] {
    const { devices } = this.#parts
    const device = slotOf(seen)
    const present = known.find(({ id }) => id === device)
    const condition = present === undefined ? 'absent' : { version: present.version }
    const put = devices.put(device, afterLogin(present?.record, seen, now), condition)
    if (present !== undefined || known.length < MOST_DEVICES) return [put]
    const oldest = known.toSorted((a, b) => a.record.lastSeenAt - b.record.lastSeenAt)
    return [put, ...oldest.slice(0, known.length - MOST_DEVICES + 1).map(({ id }) => deletionOf(id))]
  }
}

function recordOf(draft: Draft, seen: Seen, now: number, absolute: number): LiveSession {
  const { account, carrier, amr, acr, authTime, key, token, jkt, login, upstream, datedAt } = draft
  // One that was there before it was tracked is as old as it shows.
  const createdAt = Math.min(now, datedAt ?? now)
  const record: Record<string, unknown> = {
    state: 'live',
    account,
    carrier,
    createdAt,
    lastSeenAt: now,
    endsAt: createdAt + absolute,
    amr,
    ...{ acr, authTime, key, token, jkt, login, upstream },
    ...seen,
  }
  for (const name of Object.keys(record)) if (record[name] === undefined) delete record[name]
  return record as unknown as LiveSession
}

/** Whether a browser would keep a cookie with the prefix `__Host-`. */
function isSafe(origin: string): boolean {
  return origin.startsWith('https://') || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)
}
