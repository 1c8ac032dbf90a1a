import { debugOf, type Environment, type Principal } from '@sallyport/core'
import type { SessionListener } from '../hooks.ts'
import { MARKER, markerIn } from '../marker.ts'
import { keyOf } from '../secret.ts'
import type { Sessions } from '../sessions.ts'

const debug = debugOf('session-tracker')

/** Entries of the app's sessions, whichever library they are of. */
export interface Entries {
  get(id: string): Promise<unknown>
  set(id: string, content: unknown): Promise<void>
  destroy(id: string): Promise<void>
}

/** With what the ids of guarded entries begin. */
const PREFIX = 'sallyport:'

/** Ids of entries of the time before that a process has met and that were not written yet. */
const MOST_OLD = 10_000

/** Names that a process remembers. */
const MOST_NAMES = 10_000

/**
 * Stands before the store of the app's sessions. Entries are kept under a digest of their id: whoever reads the store has no session, and
 * a session can be ended by who knows no more than its digest. An entry that is of an ended session is never given out, and a write that was
 * under way when its session ended leaves nothing behind.
 */
export class EntryGuard implements SessionListener {
  readonly #environment: Environment
  readonly #sessions: Sessions
  readonly #entries: Entries
  readonly #old = new Set<string>()
  readonly #names = new Map<string, string>()

  constructor(environment: Environment, sessions: Sessions, entries: Entries) {
    this.#environment = environment
    this.#sessions = sessions
    this.#entries = entries
  }

  async get(id: string): Promise<unknown> {
    // Nobody is given such an id: it is what somebody has read in the store.
    if (id.startsWith(PREFIX)) return undefined
    let content = await this.#entries.get(this.nameOf(id))
    if (isNothing(content)) {
      // Of the time before there was a guard: it is moved when it is written the next time.
      content = await this.#entries.get(id)
      if (isNothing(content)) return undefined
      if (this.#old.size < MOST_OLD) this.#old.add(id)
    }
    if (!this.#isRevoked(content)) return content
    await this.destroy(id)
    return undefined
  }

  async set(id: string, content: unknown, write: (name: string) => Promise<void>): Promise<void> {
    await write(this.nameOf(id))
    if (this.#old.delete(id)) await this.#entries.destroy(id)
    // What ends a session first says so, then removes the entry. So either that comes after this write, or it has been said before this
    // question.
    if (await this.#isOver(id, content)) await this.#entries.destroy(this.nameOf(id))
  }

  async destroy(id: string): Promise<void> {
    await this.#entries.destroy(this.nameOf(id))
    if (this.#old.delete(id)) await this.#entries.destroy(id)
  }

  /** The name under which the entry is to be found, wherever it is. */
  placeOf(id: string): string {
    return this.#old.has(id) ? id : this.nameOf(id)
  }

  async ended({ record }: { readonly record: { readonly key?: string } }): Promise<void> {
    if (record.key === undefined) return
    try {
      await this.#entries.destroy(PREFIX + record.key)
    } catch (thrown) {
      // It is not given out any more, whether it is there or not.
      debug(`an entry of an ended session could not be removed: ${(thrown as { name?: string }).name ?? 'unknown'}`)
    }
  }

  /** The name under which an entry is kept. Remembered, because every request asks for it. */
  nameOf(id: string): string {
    const known = this.#names.get(id)
    if (known !== undefined) return known
    const name = PREFIX + keyOf(id)
    if (this.#names.size >= MOST_NAMES) this.#names.delete(this.#names.keys().next().value!)
    this.#names.set(id, name)
    return name
  }

  /** Whether an entry that was found may be given out as it is: the way of nearly every request. */
  isPlain(id: string, content: unknown): boolean {
    return !isNothing(content) && !id.startsWith(PREFIX) && !this.#isRevoked(content)
  }

  #isRevoked(content: unknown): boolean {
    const { [MARKER]: value } = Object(content) as { [MARKER]?: unknown }
    const marker = markerIn(value)
    if (marker === undefined) return false
    const { sid, issuer } = marker
    // Only the session is asked for: who it belongs to, and when they logged in, is not known here.
    const credential = { kind: 'session', ambient: true, issuedAt: Infinity }
    const principal: Principal = { issuer, subject: '', roles: [], amr: [], sid, credential }
    return this.#environment.revocations.find(principal) !== undefined
  }

  async #isOver(id: string, content: unknown): Promise<boolean> {
    const { [MARKER]: value } = Object(content) as { [MARKER]?: unknown }
    const marker = markerIn(value)
    if (marker === undefined) return false
    const found = await this.#sessions.find(marker.tag, marker.sid)
    if (found === undefined || found.record.state === 'ended') return true
    const key = keyOf(id)
    return found.record.retired?.some((one) => one.key === key) === true
  }
}

function isNothing(content: unknown): boolean {
  return content === undefined || content === null || content === false
}
