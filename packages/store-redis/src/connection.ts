import { debugOf, type Cancel, type Clock } from '@sallyport/core'
import { nameOf, refusal, replyWord, unavailable } from './failure.ts'
import type { Link, Source } from './link.ts'
import { inTime } from './in-time.ts'

const debug = debugOf('store-redis')

/** How long an attempt to connect may take, in milliseconds, while others are made beside it. */
const LIMIT = 2000

/** Wait before the next attempt is made, in milliseconds: from the first to the longest, of which a random half is left out. */
const FIRST_PACE = 250
const LONGEST_PACE = 500

/** Attempts at the same time: each that meets silence would otherwise keep the next one from finding out that it is over. */
const MOST = 8

/** What says that this is not the server that writes, or not any more. */
const MOVED_ON = new Set(['READONLY', 'MASTERDOWN'])

interface Line {
  readonly link: Link
  /** When each call that is not answered was made, the oldest first. */
  readonly waiting: Set<{ readonly since: number }>
  /** Whether a call has not been answered for longer than it may take. */
  silent: boolean
  lost: boolean
}

interface Opening {
  readonly line: Promise<Line>
  readonly resolve: (line: Line) => void
  readonly reject: (reason: unknown) => void
}

/**
 * The store's connection: made when it is first needed, made anew when it is lost or falls silent.
 *
 * It queues nothing. While there is no connection a call fails at once, but for those of the first moment, which wait for the attempt that
 * is then made. A silent connection is kept until another one stands: the server may only have paused.
 */
export class Connection {
  readonly #source: Pick<Source, 'link' | 'many'>
  readonly #check: (link: Link) => Promise<void>
  readonly #timeout: number
  readonly #clock: Clock
  #line: Line | undefined
  #opening: Opening | undefined
  #failure: unknown
  #seeking = false
  readonly #attempts = new Set<Link>()
  #tries = 0
  #timer: Cancel = () => undefined
  #closed = false

  /** `check` rejects for a server that the store must not use. `timeout` is the time for one call, in milliseconds. */
  constructor(
    source: Pick<Source, 'link' | 'many'>,
    options: { readonly check: (link: Link) => Promise<void>; readonly timeout: number; readonly clock: Clock },
  ) {
    this.#source = source
    this.#check = options.check
    this.#timeout = options.timeout
    this.#clock = options.clock
  }

  /** Does something over the connection. */
  async use<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const line = this.#usable() ?? (await this.#opened())
    const call = { since: this.#clock.now() }
    line.waiting.add(call)
    try {
      return await work(line.link)
    } catch (thrown) {
      if (MOVED_ON.has(replyWord(thrown) ?? '') && !this.#source.many) this.#lose(line)
      throw unavailable(thrown)
    } finally {
      line.waiting.delete(call)
      line.silent = false
    }
  }

  close(): void {
    this.#closed = true
    this.#rest()
    this.#opening?.reject(refusal('ERR_REDIS_OFFLINE'))
    this.#line?.link.destroy()
    this.#line = undefined
  }

  #usable(): Line | undefined {
    const line = this.#line
    if (line === undefined) return undefined
    if (this.#isOverdue(line)) {
      if (line.silent && !this.#source.many) throw refusal('ERR_REDIS_OFFLINE', 'Redis does not answer')
      this.#suspect(line)
    } else if (this.#seeking) this.#rest()
    return line
  }

  #isOverdue({ waiting }: Line): boolean {
    for (const { since } of waiting) return this.#clock.now() - since > this.#timeout
    return false
  }

  /** One turn later: when it was this process that was busy, the answer is about to be read. */
  #suspect(line: Line): void {
    setImmediate(() => {
      if (this.#line !== line || !this.#isOverdue(line)) return
      line.silent = true
      this.#seek()
    })
  }

  #opened(): Promise<Line> {
    if (!this.#seeking && !this.#closed) {
      this.#opening = openingOf()
      this.#seek()
    }
    return this.#opening?.line ?? Promise.reject(this.#reason())
  }

  #seek(): void {
    if (this.#seeking || this.#closed) return
    this.#seeking = true
    this.#tries = 0
    this.#try()
  }

  #try(): void {
    // One to a cluster is many.
    if (this.#attempts.size < (this.#source.many ? 1 : MOST)) void this.#attempt()
    const pace = Math.min(FIRST_PACE * 2 ** this.#tries++, LONGEST_PACE) * (1 - Math.random() / 2)
    this.#timer = this.#clock.after(pace, () => this.#try())
  }

  async #attempt(): Promise<void> {
    let link: Link | undefined
    try {
      link = await inTime(this.#clock, LIMIT, this.#source.link(LIMIT))
      this.#attempts.add(link)
      const line: Line = { link, waiting: new Set(), silent: false, lost: false }
      await inTime(this.#clock, LIMIT, this.#open(line))
      this.#take(line)
    } catch (thrown) {
      debug(`no connection: ${nameOf(thrown)}`)
      link?.destroy()
      if (this.#seeking) this.#failure = thrown
      this.#giveUp()
    } finally {
      if (link) this.#attempts.delete(link)
    }
  }

  async #open(line: Line): Promise<void> {
    await line.link.open(() => this.#lose(line))
    // Too late, and a client may open what was ended while it was opening.
    if (!this.#attempts.has(line.link)) return line.link.destroy()
    await this.#check(line.link)
  }

  #take(line: Line): void {
    // Another attempt was faster, or the connection that was silent has answered.
    if (!this.#seeking) return line.link.destroy()
    if (line.lost) return this.#giveUp()
    const former = this.#line
    this.#line = line
    this.#attempts.delete(line.link)
    this.#failure = undefined
    this.#rest()
    this.#opening?.resolve(line)
    this.#opening = undefined
    // Of a cluster, other nodes may be about to answer.
    if (former) this.#clock.after(this.#timeout, () => former.link.destroy())
  }

  #lose(line: Line): void {
    line.lost = true
    line.link.destroy()
    if (this.#line !== line) return
    debug('the connection was lost')
    this.#line = undefined
    this.#opening ??= openingOf()
    this.#seek()
  }

  /** Ends the search. */
  #rest(): void {
    this.#seeking = false
    this.#timer()
    for (const link of this.#attempts) link.destroy()
  }

  /** From now on a call fails at once, until there is a connection. */
  #giveUp(): void {
    if (!this.#seeking) return
    this.#opening?.reject(this.#reason())
    this.#opening = undefined
  }

  #reason(): unknown {
    return this.#failure === undefined ? refusal('ERR_REDIS_OFFLINE') : unavailable(this.#failure)
  }
}

function openingOf(): Opening {
  let resolve!: (line: Line) => void
  let reject!: (reason: unknown) => void
  const line = new Promise<Line>((res, rej) => {
    resolve = res
    reject = rej
  })
  // Nobody may be waiting.
  line.catch(() => undefined)
  return { line, resolve, reject }
}
