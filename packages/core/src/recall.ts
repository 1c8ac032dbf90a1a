import { acceptEnvironment, type Environment } from './environment.ts'
import { coreError, SecurityError } from './errors.ts'
import { acceptNumber, acceptOneOf, checkOptions, optionError, type OptionRules } from './options.ts'
import { RecallCache } from './recall-cache.ts'
import type { StoreFailurePolicy } from './revoked.ts'
import { onCommit } from './store/commits.ts'
import type { StoreEntry, StoreKey } from './store/contract.ts'

/** Options of `createRecall`. */
export interface RecallOptions {
  /** What a reading answers when the store does not. @default 'closed' */
  readonly onStoreFailure?: StoreFailurePolicy
  /** Most entries that are remembered. @default 10_000 */
  readonly maxEntries?: number
  /** Most memory for them, in bytes, estimated. @default 16_777_216 (16 MiB) */
  readonly maxBytes?: number
  /** How old what is remembered may be when it is used, in milliseconds. @default 300_000 (5 minutes) */
  readonly maxAge?: number
}

const rules: OptionRules<RecallOptions> = {
  onStoreFailure: acceptOneOf('closed', 'open', 'last-known-good'),
  maxEntries: acceptNumber('entries', 1, 10_000_000),
  maxBytes: acceptNumber('bytes', 1024, Number.MAX_SAFE_INTEGER),
  maxAge: acceptNumber('milliseconds', 1, 86_400_000),
}

/**
 * What a reading came to.
 * - `fresh`: the store answered.
 * - `remembered`: it did not; this is what it answered `age` milliseconds ago. The entry may have changed or ended since then: keep in
 *   its value when it ends, and look.
 * - `unknown`: it did not, and nothing is remembered. With the policy `open` only.
 */
export type Recalled =
  | { readonly state: 'fresh'; readonly entry: StoreEntry | undefined }
  | { readonly state: 'remembered'; readonly entry: StoreEntry; readonly age: number }
  | { readonly state: 'unknown'; readonly entry: undefined }

/** Reads entries of the environment's store, and bridges its failures as the app has said. */
export interface Recall {
  /**
   * Reads an entry.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503) where the store does not answer and the policy is `closed`, or is
   *   `last-known-good` and nothing is known; whatever else the store throws
   */
  get(key: StoreKey): Promise<Recalled>
}

/**
 * Makes a reader of entries that lasts through a failure of the store by the gate's `onStoreFailure`.
 *
 * It remembers what was read on this node only. Forgotten is what this process changes or deletes, from the moment that it tries to,
 * what the store says is not there, and everything when the store has lost its state. What other nodes change during the failure it
 * cannot know: consult the revocations as well, and let no more depend on what is remembered than may be `maxAge` late.
 * @throws SecurityError ERR_OPTION
 */
export function createRecall(environment: Environment, options: RecallOptions = {}): Recall {
  if (!acceptEnvironment(environment))
    throw optionError('createRecall', 'environment', environment, { accepts: 'what createEnvironment() made' })
  checkOptions<RecallOptions>('createRecall', options, rules)
  const { onStoreFailure = 'closed', maxEntries = 10_000, maxBytes = 16_777_216, maxAge = 300_000 } = options
  const { store, revocations, clock } = environment
  if (onStoreFailure === 'closed') return { get: async (key) => ({ state: 'fresh', entry: await store.get(key) }) }

  const cache = new RecallCache(maxEntries, maxBytes)
  onCommit(store, (partition, changes) => {
    for (const change of changes) cache.forget(partition, 'put' in change ? change.put : change.delete)
  })
  let { epoch } = revocations
  revocations.onChange(() => {
    if (revocations.epoch === epoch) return
    epoch = revocations.epoch
    cache.clear()
  })
  environment.onClose(() => cache.clear())

  return {
    async get(key) {
      if (environment.closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
      const reading = cache.begin(key, clock.now())
      let entry: StoreEntry | undefined
      try {
        entry = await store.get(key)
      } catch (thrown) {
        cache.leave(reading)
        // Only silence is bridged: of an entry that was tampered with the store has said enough.
        if (!SecurityError.is(thrown) || thrown.code !== 'ERR_STORE_UNAVAILABLE' || environment.closed) throw thrown
        return instead(key, thrown)
      }
      cache.answered(reading, entry)
      return { state: 'fresh', entry }
    },
  }

  function instead(key: StoreKey, refusal: SecurityError): Recalled {
    const known = cache.find(key)
    const age = known === undefined ? Infinity : clock.now() - known.asked
    // Negative: the machine's clock was set back, and nobody knows how old it is.
    if (known !== undefined && age >= 0 && age <= maxAge) return { state: 'remembered', entry: known.entry, age }
    if (onStoreFailure === 'open') return { state: 'unknown', entry: undefined }
    throw refusal
  }
}
