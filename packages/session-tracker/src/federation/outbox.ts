import { randomUUID } from 'node:crypto'
import { debugOf, type Cancel, type Environment } from '@sallyport/core'
import { SET_TYPE } from './events.ts'

const debug = debugOf('session-tracker')

/** A token for somebody. */
export interface Letter {
  readonly audience: string
  readonly token: string
}

/** A letter in the store. */
interface Waiting extends Letter {
  readonly tries: number
  /** Not before then, in milliseconds: it was tried just now, or another node is trying. */
  readonly from: number
}

/** Where letters go. */
export interface Address {
  readonly audience: string
  readonly url: string
  readonly authorization?: string
}

const PARTITION = 'session-tracker.outbox'
const OWNER = 'letters'
/** What was not taken in this time is given up: its session has ended long ago, and no receiver was there. */
const KEPT = 86_400_000
const TIMEOUT = 5000
/** How long a node that tries has the letter to itself. */
const LEASE = 4 * TIMEOUT
const LONGEST = 300_000
const CHECK = 30_000
const PAGE = 100

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Letters that are to be sent: in the store until they were taken, so that neither a restart nor a receiver that is down loses one. */
export class Outbox {
  readonly #environment: Environment
  readonly #addresses: ReadonlyMap<string, Address>
  #timer: Cancel | undefined
  #working: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(environment: Environment, addresses: readonly Address[]) {
    this.#environment = environment
    this.#addresses = new Map(addresses.map((one) => [one.audience, one]))
    environment.onClose(() => this.stop())
    this.#plan(0)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.()
  }

  /** Has letters sent; they are safe when it settles. */
  async add(letters: readonly Letter[]): Promise<void> {
    const from = this.#environment.clock.now()
    await this.#environment.store.commit(
      PARTITION,
      letters.map((letter) => put(randomUUID(), { ...letter, tries: 0, from }, 'absent')),
    )
    this.#work()
  }

  #work(): void {
    if (this.#stopped) return
    if (this.#working !== undefined) {
      this.#again = true
      return
    }
    this.#again = false
    this.#working = this.#sendAll()
      .catch((thrown: unknown) => debug(`the outbox could not be read: ${(thrown as { code?: string }).code ?? ''}`))
      .finally(() => {
        this.#working = undefined
        if (this.#again) this.#work()
      })
  }

  async #sendAll(): Promise<void> {
    let after: string | undefined
    let next = CHECK
    do {
      const options = { limit: PAGE, ...(after !== undefined && { after }) }
      const page = await this.#environment.store.listOwned(PARTITION, OWNER, options)
      const waits = await Promise.all(
        page.map(({ id, value, version }) => this.#send(id, JSON.parse(decoder.decode(value)) as Waiting, version)),
      )
      next = Math.min(next, ...waits)
      after = page.length < PAGE ? undefined : page.at(-1)!.id
    } while (after !== undefined && !this.#stopped)
    this.#plan(next)
  }

  /** Answers after how long to look again, in milliseconds. */
  async #send(id: string, letter: Waiting, version: string): Promise<number> {
    const { store, clock } = this.#environment
    const now = clock.now()
    if (letter.from > now) return letter.from - now
    const address = this.#addresses.get(letter.audience)
    // Somebody else's, of another configuration: that node sends it.
    if (address === undefined) return CHECK
    const tries = letter.tries + 1
    const wait = Math.min(LONGEST, 1000 * 2 ** Math.min(tries, 20))
    const leased = await store.commit(PARTITION, [
      put(id, { ...letter, tries, from: now + Math.max(LEASE, wait) }, { version }),
    ])
    if (!leased.ok) return CHECK
    const status = await post(address, letter.token)
    if (status !== undefined && (status < 300 || status === 400)) {
      await store.commit(PARTITION, [{ delete: id }])
      await this.#tell(letter.audience, status < 300 ? 'delivered' : 'refused', tries)
      return CHECK
    }
    await store.commit(PARTITION, [put(id, { ...letter, tries, from: now + wait }, { version: leased.versions[0]! })])
    return wait
  }

  async #tell(audience: string, outcome: 'delivered' | 'refused', tries: number): Promise<void> {
    await this.#environment.publish('security-event.sent', { audience, outcome, tries })
  }

  #plan(wait: number): void {
    if (this.#stopped || this.#environment.closed) return
    this.#timer?.()
    this.#timer = this.#environment.clock.after(wait, () => this.#work())
  }
}

function put(id: string, letter: Waiting, condition: 'absent' | { readonly version: string }) {
  return { put: id, value: encoder.encode(JSON.stringify(letter)), ttl: KEPT, owner: OWNER, if: condition }
}

/** RFC 8935, section 2.1. Answers the status; nothing where nobody has answered in time. */
async function post({ url, authorization }: Address, token: string): Promise<number | undefined> {
  try {
    const { status, body } = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': `application/${SET_TYPE}`,
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: token,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    await body?.cancel()
    return status
  } catch {
    return undefined
  }
}
