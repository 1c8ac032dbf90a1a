import { debugOf, type Cancel } from '@sallyport/core'
import type { SessionListener } from './hooks.ts'
import type { KnownSession } from './known-session.ts'
import type { LiveSession } from './record.ts'
import type { Sessions } from './sessions.ts'
import type { TrackerSettings } from './settings.ts'

const debug = debugOf('session-tracker')

/** How long sessions wait to be written together, in milliseconds. */
const WAIT = 1000

/** Most sessions that wait: whoever comes when it is full is written at a later request. */
const MOST = 100_000

/** Writes when sessions were last used: apart from the requests, many at a time, and each session once in an interval. */
export class LastSeen {
  readonly #settings: TrackerSettings
  readonly #sessions: Sessions
  readonly #lost: (known: KnownSession) => void
  readonly #listeners: readonly SessionListener[]
  readonly #due = new Set<KnownSession>()
  #timer: Cancel | undefined
  #writing: Promise<void> | undefined

  /** @param lost told of a session that is no longer as this process knew it */
  constructor(
    settings: TrackerSettings,
    sessions: Sessions,
    lost: (known: KnownSession) => void,
    listeners: readonly SessionListener[],
  ) {
    this.#settings = settings
    this.#sessions = sessions
    this.#lost = lost
    this.#listeners = listeners
  }

  /** Notes that a session is used now. @param now milliseconds */
  note(known: KnownSession, now: number): void {
    known.lastSeen = now
    const written = known.record.lastSeenAt * 1000
    const interval = this.#settings.lastSeenInterval * 1000
    if (Math.abs(now - known.told) >= interval) {
      known.told = now
      for (const listener of this.#listeners) listener.used?.(known.found, now)
    }
    // Also where the clock was set back: a time that is still to come would keep the session alive until then.
    if (now - written < interval && written <= now + interval) return
    this.write(known)
  }

  /** Has what is known of a session written soon. */
  write(known: KnownSession): void {
    if (this.#due.size >= MOST) return
    this.#due.add(known)
    this.#schedule()
  }

  waits(known: KnownSession): boolean {
    return this.#due.has(known)
  }

  /** Writes what waits. Never rejects: what cannot be written waits on. */
  flush(): Promise<void> {
    this.#timer?.()
    this.#timer = undefined
    return (this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
      if (this.#due.size > 0) this.#schedule()
    }))
  }

  #schedule(): void {
    const { environment } = this.#settings
    if (!environment.closed) this.#timer ??= environment.clock.after(WAIT, () => void this.flush())
  }

  async #write(): Promise<void> {
    const due = [...this.#due]
    this.#due.clear()
    // All at once: a client sends them in one go.
    await Promise.all(due.map((known) => this.#writeOne(known)))
  }

  async #writeOne(known: KnownSession): Promise<void> {
    if (known.gone) return
    const seconds = Math.floor(known.lastSeen / 1000)
    const { found } = known
    try {
      // A clock that was ahead when the session began does not make it last longer.
      const endsAt = Math.min(found.record.endsAt, seconds + this.#settings.absolute)
      const next: LiveSession = { ...found.record, lastSeenAt: seconds, endsAt }
      // Only over what was read: a session that was ended meanwhile stays ended.
      const done = await this.#sessions.replace(found, next, seconds)
      if (done === undefined) this.#lost(known)
      else if (known.found === found) known.found = done
    } catch (thrown) {
      debug(`the last use of a session was not written: ${(thrown as { code?: string }).code ?? 'no code'}`)
      if (!known.gone && this.#due.size < MOST) this.#due.add(known)
    }
  }
}
