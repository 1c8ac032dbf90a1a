import { hash } from 'node:crypto'
import { createRecall, storeUnavailable, type Put, type Recall, type SecurityError, type Store } from '@sallyport/core'
import { partitionOf } from './account.ts'
import type { EndedSession, LiveSession, SessionRecord } from './record.ts'
import { decodeRecord, encodeRecord } from './record-form.ts'
import type { TrackerSettings } from './settings.ts'

/** A session as it was found. */
export interface Found<Kind extends SessionRecord = SessionRecord> {
  /** Names its account. */
  readonly tag: string
  readonly sid: string
  readonly record: Kind
  readonly version: string
}

/** How reading one session came out: it, none, or that nobody can tell and the app has said to go on. */
export type Looked = Found | 'none' | 'unknown'

/** Attempts at a change that others may make at the same moment. */
export const ATTEMPTS = 20

/** The error for a change that was never the fastest. */
export function contended(): SecurityError {
  return storeUnavailable('Too many change the sessions of one account at once')
}

// In the store names are short: there are several to each session.
const LIVE = 's'
/** Apart from those that are listed. */
const ENDED = 'e'
const PAGE = 100

/** How long a record stays beyond the end of what is in it, in seconds: clocks of nodes and stores differ. */
const MARGIN = 120
/** For what brings a session back under its own name for as long as it lives: tokens, and cookies that hold all of it. */
const TOKEN_MARGIN = 86_400

/** Sessions in the store. Each is one entry in the partition of its account. */
export class Sessions {
  readonly store: Store
  readonly #recall: Recall
  readonly #idle: number

  constructor({ environment, onStoreFailure, idle }: TrackerSettings) {
    this.store = environment.store
    this.#recall = createRecall(environment, { onStoreFailure })
    this.#idle = idle
  }

  /** @throws SecurityError ERR_STORE_UNAVAILABLE (503) unless the policy bridges it */
  async look(tag: string, sid: string): Promise<Looked> {
    const { state, entry } = await this.#recall.get({ partition: partitionOf(tag), id: idOf(sid) })
    if (state === 'unknown') return 'unknown'
    return entry === undefined ? 'none' : { tag, sid, record: decodeRecord(entry.value), version: entry.version }
  }

  /** The same, from the store itself: for changes. */
  async find(tag: string, sid: string): Promise<Found | undefined> {
    const entry = await this.store.get({ partition: partitionOf(tag), id: idOf(sid) })
    return entry && { tag, sid, record: decodeRecord(entry.value), version: entry.version }
  }

  /** What an account has, ended or idle ones left out. @param now seconds */
  async list(tag: string, now: number): Promise<Found<LiveSession>[]> {
    const found: Found<LiveSession>[] = []
    let after: string | undefined
    do {
      const options = { limit: PAGE, ...(after !== undefined && { after }) }
      const page = await this.store.listOwned(partitionOf(tag), LIVE, options)
      for (const { id, value, version } of page) {
        const { sid, ...record } = decodeRecord(value) as LiveSession & { sid?: string }
        if (this.isLive(record, now)) found.push({ tag, sid: sid ?? id.slice(PREFIX.length), record, version })
      }
      after = page.length < PAGE ? undefined : page.at(-1)!.id
    } while (after !== undefined)
    return found
  }

  /** Whether a session counts at that time, in seconds. */
  isLive(record: SessionRecord, now: number): record is LiveSession {
    return record.state === 'live' && now < record.endsAt && now - record.lastSeenAt < this.#idle
  }

  /** The change that writes a session. @param now seconds */
  put(sid: string, record: SessionRecord, now: number, condition: Put['if']): Put {
    const id = idOf(sid)
    // Its own name stands inside where the entry's cannot hold it.
    const value = encodeRecord(id.startsWith(PREFIX) ? record : Object.assign({ sid }, record))
    const ttl = Math.max(1, Math.ceil(this.#left(record, now) * 1000))
    return {
      put: id,
      value,
      ttl,
      owner: record.state === 'live' ? LIVE : ENDED,
      ...(condition !== undefined && { if: condition }),
    }
  }

  /** Writes a session in place of what was found, unless somebody was faster. */
  async replace<Kind extends SessionRecord>(
    { tag, sid, version }: Found,
    record: Kind,
    now: number,
  ): Promise<Found<Kind> | undefined> {
    const done = await this.store.commit(partitionOf(tag), [this.put(sid, record, now, { version })])
    return done.ok ? { tag, sid, record, version: done.versions[0]! } : undefined
  }

  #left(record: SessionRecord, now: number): number {
    const absolute = record.endsAt - now
    if (record.state === 'ended' || record.key === undefined) return absolute + TOKEN_MARGIN
    return Math.min(absolute, record.lastSeenAt - now + this.#idle) + MARGIN
  }
}

/** What is left of a session that has ended. */
export function endedOf(
  { account, createdAt, endsAt, key, token }: LiveSession,
  reason: string,
  endedAt: number,
): EndedSession {
  return {
    state: 'ended',
    account,
    createdAt,
    endedAt,
    endsAt,
    reason,
    ...(key !== undefined && { key }),
    ...(token !== undefined && { token }),
  }
}

const PREFIX = 's'

/** The entry of a session. Issuers of tokens name sessions as they like. */
function idOf(sid: string): string {
  return sid.length <= 200 && !/\p{Cs}/u.test(sid) ? PREFIX + sid : `h${hash('sha256', sid, 'base64url')}`
}
