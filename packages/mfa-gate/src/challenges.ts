import { timingSafeEqual } from 'node:crypto'
import type { AccountId, Change, Environment, Store } from '@sallyport/core'
import { accountOf, accountTag, drawId, partitionOf } from './account.ts'
import type { ActionToApprove } from './factor.ts'
import { decode, encode } from './record.ts'
import type { Vault } from './vault.ts'

/** What a challenge is for. What was begun for one purpose is not finished for another. */
export type Purpose = 'enrol' | 'verify' | 'approve'

/** A step that waits for an answer. */
export interface Challenge {
  readonly kind: string
  readonly purpose: Purpose
  /** The login in which it was begun (ASVS 6.6.2). */
  readonly login: string
  readonly action?: ActionToApprove
  readonly state: unknown
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

export interface FoundChallenge extends Challenge {
  readonly id: string
  readonly account: AccountId
  readonly version: string
}

type Kept = Omit<Challenge, 'state'> & { readonly account: AccountId; readonly sealed: string }

const PREFIX = 'c.'
/** How long an entry stays beyond its end, in milliseconds: clocks of nodes and stores differ. */
const MARGIN = 60_000

/** Challenges in the store: each in the partition of its account, so that it is consumed in one step with what it proves. */
export class Challenges {
  readonly #store: Store
  readonly #vault: Vault
  readonly #environment: Environment

  constructor(environment: Environment, vault: Vault) {
    this.#store = environment.store
    this.#environment = environment
    this.#vault = vault
  }

  /** @param lifetime seconds */
  async add(account: AccountId, challenge: Omit<Challenge, 'expiresAt'>, lifetime: number): Promise<string> {
    const id = drawId()
    const expiresAt = this.#environment.clock.now() + lifetime * 1000
    const value = await this.#encode(account, id, { ...challenge, expiresAt })
    await this.#store.commit(partitionOf(account), [
      { put: `${PREFIX}${id}`, value, ttl: lifetime * 1000 + MARGIN, if: 'absent' },
    ])
    return id
  }

  /** One that is still open, was begun in this login and for this purpose. */
  async find(
    account: AccountId,
    id: string,
    fits: Pick<Challenge, 'purpose' | 'login'>,
  ): Promise<FoundChallenge | undefined> {
    const found = await this.get(account, id)
    return found?.purpose === fits.purpose && same(found.login, fits.login) ? found : undefined
  }

  /** One that is still open, whoever asks. */
  get(account: AccountId, id: string): Promise<FoundChallenge | undefined> {
    return this.#read(partitionOf(account), id)
  }

  /** The same by the name that others know it by, who do not know the account. */
  async named(name: string): Promise<FoundChallenge | undefined> {
    const [, tag, id] = /^([\w-]{24})\.([\w-]{20})$/.exec(name) ?? []
    return tag === undefined ? undefined : this.#read(`mfa:${tag}`, id!)
  }

  async #read(partition: string, id: string): Promise<FoundChallenge | undefined> {
    if (!/^[\w-]{20}$/.test(id)) return undefined
    const entry = await this.#store.get({ partition, id: `${PREFIX}${id}` })
    if (entry === undefined) return undefined
    const { sealed, ...kept } = decode<Kept>(entry.value)
    if (kept.expiresAt <= this.#environment.clock.now()) return undefined
    const state = await this.#vault.open('challenge', kept.account, id, sealed)
    return { id, version: entry.version, ...kept, state }
  }

  /** The change that uses it up. */
  consuming({ id, version }: FoundChallenge): Change {
    return { delete: `${PREFIX}${id}`, if: { version } }
  }

  /** Keeps another state, unless somebody was faster. */
  async update(found: FoundChallenge, state: unknown): Promise<boolean> {
    const { id, version, account, ...challenge } = found
    const value = await this.#encode(account, id, { ...challenge, state })
    const ttl = Math.max(1, found.expiresAt - this.#environment.clock.now()) + MARGIN
    return (await this.#store.commit(partitionOf(account), [{ put: `${PREFIX}${id}`, value, ttl, if: { version } }])).ok
  }

  async #encode(account: AccountId, id: string, { state, ...challenge }: Challenge): Promise<Uint8Array> {
    return encode({
      ...challenge,
      account: accountOf(account),
      sealed: await this.#vault.seal('challenge', account, id, state),
    })
  }
}

/** The name of a challenge for who does not know the account, such as a phone. */
export function challengeName(account: AccountId, id: string): string {
  return `${accountTag(account)}.${id}`
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
