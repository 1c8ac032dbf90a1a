import type { KeyObject } from 'node:crypto'
import { builtin } from '../builtins.ts'
import type { Clock } from '../clock.ts'
import { coreError } from '../errors.ts'
import type { MasterKeys } from './master-key.ts'

/** What seals: a key for AES-256-GCM, and what is written beside what it seals so that it is found again. */
export interface DataKey {
  readonly id: string
  readonly mark: Uint8Array
  readonly key: KeyObject
}

/** When a data key has sealed long enough, in milliseconds, and often enough. */
export interface Terms {
  readonly rotateAfter: number
  readonly sealsPerKey: number
  readonly clock: Clock
}

/** Length of a mark, in bytes: drawn at random, no two are equal. */
export const MARK_LENGTH = 16

/** Data keys that are kept for opening: as many as processes have lately sealed what is now read. Each takes about 600 bytes. */
const MOST_KEPT = 1024

const INFO = 'sallyport key ring 1 '

/** Derives data keys from master keys. One is used for sealing until its terms are over, the others are found by their mark. */
export class DataKeys {
  readonly #masters: MasterKeys
  readonly #terms: Terms
  readonly #kept = new Map<string, KeyObject>()
  #sealing: DataKey | undefined
  #since = 0
  #seals = 0

  constructor(masters: MasterKeys, terms: Terms) {
    this.#masters = masters
    this.#terms = terms
  }

  /** The key for one more seal. */
  toSeal(): DataKey {
    const { rotateAfter, sealsPerKey, clock } = this.#terms
    const age = clock.now() - this.#since
    // Negative: the machine's clock was set back, and nobody knows how old the key is.
    const over = age < 0 || age >= rotateAfter || this.#seals >= sealsPerKey
    if (this.#sealing === undefined || over) this.#sealing = this.#draw()
    this.#seals++
    return this.#sealing
  }

  /** @throws SecurityError ERR_KEY_MISSING (503) */
  toOpen(id: string, mark: Uint8Array): KeyObject {
    const name = `${id} ${Buffer.from(mark).toString('latin1')}`
    const found = this.#kept.get(name)
    const key = found ?? this.#derive(id, mark)
    if (found !== undefined) this.#kept.delete(name)
    else if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    // Last in, last out.
    this.#kept.set(name, key)
    return key
  }

  #draw(): DataKey {
    const mark = builtin.crypto().randomBytes(MARK_LENGTH)
    this.#since = this.#terms.clock.now()
    this.#seals = 0
    const id = this.#masters.keys().next().value!
    return { id, mark, key: this.#derive(id, mark) }
  }

  #derive(id: string, mark: Uint8Array): KeyObject {
    const master = this.#masters.get(id)
    if (master === undefined) {
      throw coreError('ERR_KEY_MISSING', {
        message: `Stored data is sealed with the key '${id}', which is not in the key ring`,
      })
    }
    const { createSecretKey, hkdfSync } = builtin.crypto()
    const bytes = Buffer.from(hkdfSync('sha256', master, mark, INFO + id, 32))
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  }
}
