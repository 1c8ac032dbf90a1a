import { randomBytes } from 'node:crypto'
import { storeUnavailable, type Environment } from '@sallyport/core'

const PARTITION = 'jwt-auth/dpop-nonce'

/**
 * The nonces of this service: one for each period, the same on all nodes that share the store, and drawn at random by the node that
 * first needs it, so that nobody can know one before its time. One is good in its own period and in the next.
 *
 * Kept rather than computed: what is computed needs a key that all nodes share, and whoever shares the store, which tells replayed proofs,
 * has this already.
 */
export class Nonces {
  readonly #environment: Environment
  /** Milliseconds. */
  readonly #period: number
  /** Of this period and those beside it. */
  readonly #known = new Map<number, string>()

  constructor(environment: Environment, period: number) {
    this.#environment = environment
    this.#period = period
  }

  /** The nonce that clients are given now. */
  async current(): Promise<string> {
    const index = this.#index()
    const known = this.#known.get(index) ?? (await this.#read(index))
    if (known !== undefined) return known
    const made = randomBytes(16).toString('base64url')
    const change = { put: String(index), value: Buffer.from(made), ttl: this.#period * 3, if: 'absent' } as const
    const { ok } = await this.#environment.store.commit(PARTITION, [change])
    if (ok) return this.#remember(index, made)
    const theirs = await this.#read(index)
    if (theirs === undefined) throw storeUnavailable('The nonce that another node has made is not there')
    return theirs
  }

  /** Whether a nonce is good now. That of the next period too, because the clock of another node may be ahead of ours. */
  async accepts(nonce: unknown): Promise<boolean> {
    const index = this.#index()
    for (const one of [index, index - 1, index + 1]) {
      if (typeof nonce === 'string' && nonce === (this.#known.get(one) ?? (await this.#read(one)))) return true
    }
    return false
  }

  async #read(index: number): Promise<string | undefined> {
    const entry = await this.#environment.store.get({ partition: PARTITION, id: String(index) })
    return entry && this.#remember(index, Buffer.from(entry.value).toString())
  }

  #remember(index: number, nonce: string): string {
    this.#known.set(index, nonce)
    for (const one of this.#known.keys()) if (one < index - 1) this.#known.delete(one)
    return nonce
  }

  #index(): number {
    return Math.floor(this.#environment.clock.now() / this.#period)
  }
}
