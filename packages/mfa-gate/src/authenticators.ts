import type { AccountId, Change, Environment, OwnedEntry, Store } from '@sallyport/core'
import { drawId, partitionOf } from './account.ts'
import type { Authenticator, Enrolled } from './factor.ts'
import { decode, encode, FOREVER } from './record.ts'
import type { Vault } from './vault.ts'

/** An authenticator as it was found. */
export interface FoundAuthenticator extends Authenticator {
  readonly version: string
}

interface Kept {
  readonly kind: string
  readonly name: string
  readonly createdAt: number
  readonly usedAt?: number
  readonly sealed: string
}

const OWNER = 'authenticators'
const PREFIX = 'a.'
/** More than all kinds together allow. */
const PAGE = 200

/** What accounts have set up. Each authenticator is one entry in the partition of its account, so that one compare-and-set changes it. */
export class Authenticators {
  readonly #store: Store
  readonly #vault: Vault

  constructor({ store }: Environment, vault: Vault) {
    this.#store = store
    this.#vault = vault
  }

  /** All of an account, or those of one kind, the oldest first. */
  async list(account: AccountId, kind?: string): Promise<readonly FoundAuthenticator[]> {
    const entries = await this.#store.listOwned(partitionOf(account), OWNER, { limit: PAGE })
    const found = await Promise.all(entries.map((entry) => this.#read(account, entry, kind)))
    return found.filter((one) => one !== undefined).sort((a, b) => a.createdAt - b.createdAt)
  }

  /** The kinds that an account has set up. Opens no secret. */
  async kinds(account: AccountId): Promise<ReadonlySet<string>> {
    const entries = await this.#store.listOwned(partitionOf(account), OWNER, { limit: PAGE })
    return new Set(entries.map(({ value }) => decode<Kept>(value).kind))
  }

  async #read(
    account: AccountId,
    { id: entry, value, version }: OwnedEntry,
    kind?: string,
  ): Promise<FoundAuthenticator | undefined> {
    const { sealed, ...kept } = decode<Kept>(value)
    if (kind !== undefined && kept.kind !== kind) return undefined
    const id = entry.slice(PREFIX.length)
    return { id, ...kept, version, data: await this.#vault.open(kept.kind, account, id, sealed) }
  }

  /** The change that adds a new one. */
  async adding(
    account: AccountId,
    kind: string,
    { data, name = kind }: Enrolled,
    now: number,
  ): Promise<{ id: string; change: Change }> {
    const id = drawId()
    return { id, change: await this.#put(account, { id, kind, name, createdAt: now, data }, 'absent') }
  }

  /** The change that writes one in place of what was found. */
  replacing(account: AccountId, found: FoundAuthenticator, next: Partial<Authenticator>): Promise<Change> {
    return this.#put(account, { ...found, ...next }, { version: found.version })
  }

  /** The change that takes one away. */
  removing({ id, version }: FoundAuthenticator): Change {
    return { delete: `${PREFIX}${id}`, if: { version } }
  }

  async #put(account: AccountId, one: Authenticator, condition: 'absent' | { version: string }): Promise<Change> {
    const { id, kind, name, createdAt, usedAt, data } = one
    const sealed = await this.#vault.seal(kind, account, id, data)
    const value = encode({ kind, name, createdAt, ...(usedAt !== undefined && { usedAt }), sealed })
    return { put: `${PREFIX}${id}`, value, ttl: FOREVER, if: condition, owner: OWNER }
  }
}
