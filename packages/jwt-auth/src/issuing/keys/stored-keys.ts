import { debugOf, type Environment, type StoreEntry } from '@sallyport/core'
import { ATTEMPTS, contended } from '../contended.ts'
import { decodeKeys, encodeKeys, type Keeping, type TurnKey } from './key-record.ts'
import { drawPrivateKey, nameKey } from './make-key.ts'
import { alive, currentOf, extended, isDue, nextTurn, turnFrom, type RotationPlan, type Turn } from './schedule.ts'
import type { SigningKey, SigningKeys } from './signing-keys.ts'

const debug = debugOf('jwt-auth')

/** What stored keys are made with. */
export interface StoredKeysInit extends Keeping {
  readonly alg: TurnKey['alg']
  readonly plan: RotationPlan
  readonly environment: Environment
}

interface KeySet {
  readonly keys: readonly TurnKey[]
  /** Of the record; nothing where there is none yet. */
  readonly version: string | undefined
}

const ID = 'signing-keys'

/**
 * The keys of an issuer, shared by all nodes: one record in the store, changed by compare-and-set, so that nodes cannot disagree. It is
 * read anew for each token and each publication: a node that slept, or one whose neighbour withdrew a key, never uses an old set.
 */
export class StoredKeys implements SigningKeys {
  readonly shared = false
  readonly #init: StoredKeysInit
  readonly #partition: string
  #known: KeySet = { keys: [], version: undefined }

  constructor(init: StoredKeysInit) {
    this.#init = init
    this.#partition = `jwt-auth.issuer:${init.issuer}`
  }

  async signer(expiresAt: number): Promise<SigningKey> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const set = await this.#current()
      const key = currentOf(set.keys, this.#now())
      const keptUntil = extended(key, expiresAt, this.#init.plan)
      if (keptUntil === undefined) return key
      await this.#write(
        set,
        set.keys.map((one) => (one === key ? { ...one, keptUntil } : one)),
      )
    }
    throw contended()
  }

  async all(): Promise<readonly SigningKey[]> {
    return alive((await this.#current()).keys, this.#now())
  }

  async rotate(withdraw: boolean): Promise<void> {
    const { alg, plan } = this.#init
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const set = await this.#read()
      const now = this.#now()
      const turn = turnFrom(withdraw ? now : now + plan.publishAhead, alg, plan)
      // One that waits for its turn makes way for the one that is wanted sooner.
      const others = withdraw ? [] : set.keys.filter((key) => key.signsFrom <= now)
      if (await this.#write(set, [...others, await this.#draw(turn)])) return
    }
    throw contended()
  }

  /** The set as it is now, with the next key in it where that is due. */
  async #current(): Promise<KeySet> {
    const { alg, plan } = this.#init
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const set = await this.#read()
      const now = this.#now()
      if (!isDue(set.keys, alg, plan, now)) return set
      const next = await this.#draw(nextTurn(set.keys, alg, plan, now))
      await this.#write(set, [...(set.keys.length === 0 ? [] : alive(set.keys, now)), next])
    }
    throw contended()
  }

  async #read(): Promise<KeySet> {
    const entry = await this.#init.environment.store.get({ partition: this.#partition, id: ID })
    if (entry === undefined) return { keys: [], version: undefined }
    return this.#known.version === entry.version ? this.#known : this.#take(entry)
  }

  async #take({ value, version }: StoreEntry): Promise<KeySet> {
    return (this.#known = { keys: await decodeKeys(value, this.#init), version })
  }

  /** Writes a set in place of another one. Answers whether nobody was faster. */
  async #write(before: KeySet, keys: readonly TurnKey[]): Promise<boolean> {
    const { environment, plan } = this.#init
    const value = await encodeKeys(keys, this.#init)
    const last = Math.max(...keys.map((key) => key.keptUntil))
    // Long enough for a node that sleeps through a turn: a set that is gone takes its tokens with it.
    const ttl = (last + 2 * plan.period - this.#now()) * 1000
    const condition = before.version === undefined ? 'absent' : { version: before.version }
    const done = await environment.store.commit(this.#partition, [{ put: ID, value, ttl, if: condition }])
    if (done.ok) await this.#announce(before.keys, keys)
    return done.ok
  }

  async #announce(before: readonly TurnKey[], after: readonly TurnKey[]): Promise<void> {
    const { environment, issuer } = this.#init
    const had = new Set(before.map(({ kid }) => kid))
    const has = new Set(after.map(({ kid }) => kid))
    const tell = async (change: 'published' | 'withdrawn', kid: string): Promise<void> => {
      debug(`signing keys of ${issuer}: ${change} ${kid}`)
      await environment.publish('signing-key.changed', { change, issuer, kid })
    }
    for (const kid of has) if (!had.has(kid)) await tell('published', kid)
    for (const kid of had) if (!has.has(kid)) await tell('withdrawn', kid)
  }

  async #draw(turn: Omit<Turn, 'kid'>): Promise<TurnKey> {
    const { alg } = this.#init
    return { ...nameKey(alg, await drawPrivateKey(alg)), ...turn, alg }
  }

  #now(): number {
    return Math.floor(this.#init.environment.clock.now() / 1000)
  }
}
