import type { AppSession } from '@sallyport/core'
import { eventAccount } from './account.ts'
import type { KnownSession, KnownSessions } from './known-session.ts'
import type { LiveSession, RetiredKey } from './record.ts'
import { keyOf } from './secret.ts'
import { ATTEMPTS, contended, type Found, type Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'

/** Ids that a session has given up and that are remembered, the newest. Whoever rotates more often pushes out the oldest. */
const REMEMBERED = 8

/** What a secret id is to its session. */
export type Standing = 'current' | 'just-retired' | 'retired' | 'unknown'

export function standingOf(record: LiveSession, key: string, now: number, grace: number): Standing {
  if (record.key === key) return 'current'
  const retired = record.retired?.find((one) => one.key === key)
  if (retired === undefined) return 'unknown'
  return now - retired.at <= grace ? 'just-retired' : 'retired'
}

/** Gives sessions another secret id; their public one stays (ASVS 7.2.4). */
export class Rotation {
  readonly #settings: TrackerSettings
  readonly #sessions: Sessions
  readonly #known: KnownSessions

  constructor(settings: TrackerSettings, sessions: Sessions, known: KnownSessions) {
    this.#settings = settings
    this.#sessions = sessions
    this.#known = known
  }

  /**
   * Records that a session has another secret id from now on. Answers nothing where the session has ended.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  async record(tag: string, sid: string, secret: string): Promise<KnownSession | undefined> {
    const key = keyOf(secret)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const now = Math.floor(this.#settings.environment.clock.now() / 1000)
      const found = await this.#sessions.find(tag, sid)
      if (found === undefined || !this.#sessions.isLive(found.record, now)) return undefined
      const { record } = found
      const done =
        record.key === key
          ? (found as Found<LiveSession>)
          : await this.#sessions.replace(found, next(record, key, now), now)
      if (done === undefined) continue
      const known = this.#known.add(done)
      known.secret = secret
      await this.#settings.environment.publish('session.rotated', { account: eventAccount(record.account, sid) })
      return known
    }
    throw contended()
  }

  /**
   * Gives the app's own session another id, and records it.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  async rotate(tag: string, sid: string, app: AppSession): Promise<KnownSession | undefined> {
    await app.rotate()
    return app.id === undefined ? undefined : this.record(tag, sid, app.id)
  }
}

function next(record: LiveSession, key: string, now: number): LiveSession {
  const retired: readonly RetiredKey[] = record.key === undefined ? [] : [{ key: record.key, at: now }]
  return { ...record, key, retired: [...retired, ...(record.retired ?? [])].slice(0, REMEMBERED) }
}
