import { randomBytes } from 'node:crypto'
import type { Environment, Exchange } from '@sallyport/core'
import { drawId, markOf, sameText } from '../secret.ts'

const PLACE = { partition: 'session-tracker', id: 'device-key' }
const TEN_YEARS = 315_360_000_000

/** Browsers keep a cookie no longer (RFC 6265bis, section 5.5). */
const MAX_AGE = 400 * 86_400

/**
 * The cookie by which a browser is known again: a random name and the mark of this app's nodes, so that nobody makes one up. It says
 * nothing about an account; which devices belong to one is kept with the account.
 */
export class DeviceCookie {
  readonly name: string
  readonly #environment: Environment
  #key: Promise<Uint8Array> | undefined

  constructor(environment: Environment, name: string) {
    this.#environment = environment
    this.name = name
  }

  /** The cookie as it came; nothing where there is none, or two. */
  raw(exchange: Exchange): string | undefined {
    const values = exchange.cookies.get(this.name)
    return values?.length === 1 ? values[0] : undefined
  }

  /** The device's name, if the mark is ours. */
  async read(cookie: string): Promise<string | undefined> {
    const [, id, mark] = /^([\w-]{22})\.([\w-]{22})$/.exec(cookie) ?? []
    if (id === undefined || mark === undefined) return undefined
    return sameText(mark, markOf(id, await this.#theKey())) ? id : undefined
  }

  /** A name for a device that has none. */
  draw(): string {
    return drawId()
  }

  async write(exchange: Exchange, id: string): Promise<void> {
    const mark = markOf(id, await this.#theKey())
    if (exchange.headersSent) return
    exchange.appendHeader(
      'set-cookie',
      `${this.name}=${id}.${mark}; Path=/; Max-Age=${MAX_AGE}; HttpOnly; Secure; SameSite=Lax`,
    )
  }

  #theKey(): Promise<Uint8Array> {
    return (this.#key ??= this.#load().catch((thrown: unknown) => {
      this.#key = undefined
      throw thrown
    }))
  }

  /** Drawn once by whichever node is the first. */
  async #load(): Promise<Uint8Array> {
    const { store } = this.#environment
    const drawn = randomBytes(32)
    const put = { put: PLACE.id, value: drawn, ttl: TEN_YEARS, if: 'absent' } as const
    const made = await store.commit(PLACE.partition, [put])
    if (made.ok) return drawn
    const entry = await store.get(PLACE)
    if (entry === undefined) throw new TypeError('The key of the device cookie has gone')
    return entry.value
  }
}
