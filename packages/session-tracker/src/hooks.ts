import type { Initiator } from './events.ts'
import type { EndedSession, LiveSession } from './record.ts'
import type { Found } from './sessions.ts'

/** How and by whom a session is ended. */
export interface Ending {
  /** Kept with what is left of it, and told in events; never to the client. */
  readonly reason: string
  /** @default 'system' */
  readonly by?: Initiator
}

/** Told of what becomes of sessions: stores of the app's sessions, figures, other services. */
export interface SessionListener {
  begun?(found: Found<LiveSession>): void
  /** What it returns is waited for. It must not reject: the session has ended. */
  ended?(found: Found<EndedSession>, ending: Required<Ending>): void | Promise<void>
  /** A session is used. Called once in the interval of `lastSeenInterval`, and when a process meets it. */
  used?(found: Found<LiveSession>, now: number): void
}
