import type { Cancel, Clock } from '@sallyport/core'
import type { Connection } from './connection.ts'

/** How often other processes' changes are looked for, in milliseconds. It takes no more than a look at shared memory. */
const INTERVAL = 50

interface Followed {
  readonly listeners: Set<() => void>
  last: number
}

/** Tells the subscribers of a log that something was appended: by this process at once, by another one within 50 ms. */
export class Hints {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #logs = new Map<string, Followed>()
  readonly #due = new Set<Followed>()
  #dataVersion: number | undefined
  #timer: Cancel | undefined

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** `log`: spelt as it is kept. */
  follow(log: string, listener: () => void): Cancel {
    const followed = this.#logs.get(log) ?? { listeners: new Set(), last: -1 }
    // A function may subscribe twice: each subscription is its own.
    const call = (): void => listener()
    followed.listeners.add(call)
    this.#logs.set(log, followed)
    this.#timer ??= this.#clock.after(INTERVAL, () => this.#look())
    return () => {
      followed.listeners.delete(call)
      if (followed.listeners.size === 0 && this.#logs.get(log) === followed) this.#logs.delete(log)
    }
  }

  /** Something was appended by this process. */
  appended(log: string, index: number): void {
    const followed = this.#logs.get(log)
    if (followed !== undefined) this.#news(followed, index)
  }

  clear(): void {
    this.#timer?.()
    this.#logs.clear()
  }

  #look(): void {
    this.#timer = undefined
    if (this.#logs.size === 0) return
    this.#timer = this.#clock.after(INTERVAL, () => this.#look())
    try {
      const reader = this.#connection.reader()
      const dataVersion = reader?.dataVersion()
      if (dataVersion === this.#dataVersion) return
      this.#dataVersion = dataVersion
      for (const [log, followed] of this.#logs) {
        // Without a reader the file has gone; whoever reads the log now finds out.
        const last = reader?.last(log) ?? -1
        if (last !== followed.last) this.#news(followed, last)
      }
    } catch {
      // Whoever reads hears of it. This is a hint and comes again.
      this.#dataVersion = undefined
    }
  }

  #news(followed: Followed, last: number): void {
    followed.last = last
    if (this.#due.size === 0) setImmediate(() => this.#call())
    this.#due.add(followed)
  }

  #call(): void {
    const due = [...this.#due]
    this.#due.clear()
    for (const { listeners } of due) for (const listener of listeners) listener()
  }
}
