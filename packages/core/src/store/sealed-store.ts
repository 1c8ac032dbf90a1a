import { accept, checkOptions, optionError, type OptionRules } from '../options.ts'
import { coreError } from '../errors.ts'
import type { KeyRing, SealContext } from '../sealing/key-ring.ts'
import type { Change, Store } from './contract.ts'
import { defineStore } from './define-store.ts'

/** Options of `sealedStore`. */
export interface SealedStoreOptions {
  readonly keyRing: KeyRing
  /**
   * Whether values that were written before the store was sealed are read as they are. For the time of a migration only: whoever can write
   * to the server can then also write values that pass for the app's.
   * @default false: they are refused with ERR_SEAL_BROKEN
   */
  readonly acceptPlain?: boolean
}

const rules: OptionRules<SealedStoreOptions> = {
  keyRing: { accepts: 'a key ring, such as createKeyRing({ keys })', test: acceptKeyRing },
  acceptPlain: accept.boolean,
}

/** Checks a `keyRing` option. */
export function acceptKeyRing(value: unknown): value is KeyRing {
  const ring = value as Partial<KeyRing> | null | undefined
  return typeof ring?.seal === 'function' && typeof ring.open === 'function'
}

/** Before every sealed value. No UTF-8 begins so, hence no JSON or other text that was written plain. */
const MARK = Uint8Array.of(0xf5, 0x53, 0x50, 0x01)

/** On a store that is sealed, also one of another copy of this package. */
const SEALED = Symbol.for('sallyport.sealed-store')

/**
 * A store whose server never sees a value: values and log records are sealed on their way in and opened on their way out. Each opens
 * only under the partition and id, or in the log, for which it was written.
 *
 * Names stay as they are, since the store must find by them: partitions, ids, owners, names of logs; so do counters and times to live.
 * Who can write to the server cannot read or make up a value, but can delete one, put an older one back in its place, or list it under
 * another owner.
 *
 * A value that cannot be opened is ERR_SEAL_BROKEN or ERR_KEY_MISSING (503), never absent.
 * @throws SecurityError ERR_OPTION
 */
export function sealedStore(store: Store, options: SealedStoreOptions): Store {
  checkOptions<SealedStoreOptions>('sealedStore', options, rules)
  const { keyRing, acceptPlain = false } = options
  if (keyRing === undefined) throw optionError('sealedStore', 'keyRing', keyRing, rules.keyRing)

  const sealed = defineStore({
    kind: store.kind,
    durable: store.durable,
    generation: () => store.generation(),
    get: async (key) => {
      const entry = await store.get(key)
      return entry && opened(valueOf(key.partition, key.id), entry)
    },
    commit: async (partition, changes) =>
      store.commit(partition, await Promise.all(changes.map((change) => sealChange(partition, change)))),
    increment: (key, by, ttl) => store.increment(key, by, { ttl }),
    listOwned: async (partition, owner, after, limit) => {
      const entries = await store.listOwned(partition, owner, { limit, ...(after !== undefined && { after }) })
      return Promise.all(entries.map((entry) => opened(valueOf(partition, entry.id), entry)))
    },
    append: async (log, value, ttl) => store.append(log, await seal(recordOf(log), value), { ttl }),
    readSince: async (log, after, limit) => {
      const page = await store.readSince(log, after, { limit })
      return { ...page, records: await Promise.all(page.records.map((record) => opened(recordOf(log), record))) }
    },
    subscribe: (log, onHint) => store.subscribe(log, onHint),
    cleanup: () => store.cleanup(),
    close: () => store.close(),
  })
  return Object.assign(sealed, { [SEALED]: true })

  async function sealChange(partition: string, change: Change): Promise<Change> {
    return 'put' in change ? { ...change, value: await seal(valueOf(partition, change.put), change.value) } : change
  }

  async function seal(context: SealContext, value: Uint8Array): Promise<Uint8Array> {
    return Buffer.concat([MARK, await keyRing.seal(context, value)])
  }

  async function opened<Held extends { readonly value: Uint8Array }>(context: SealContext, held: Held): Promise<Held> {
    const { value } = held
    if (MARK.every((byte, i) => value[i] === byte))
      return { ...held, value: await keyRing.open(context, value.subarray(MARK.length)) }
    if (acceptPlain) return held
    throw coreError('ERR_SEAL_BROKEN', {
      message: 'A value of the store is not sealed; `acceptPlain` reads what was there before the store was sealed',
    })
  }
}

/** Whether all that a store keeps is sealed. */
export function isSealed(store: Store): boolean {
  return (store as { [SEALED]?: boolean })[SEALED] === true
}

function valueOf(partition: string, id: string): SealContext {
  return ['store.value', partition, id]
}

function recordOf(log: string): SealContext {
  return ['store.record', log]
}
