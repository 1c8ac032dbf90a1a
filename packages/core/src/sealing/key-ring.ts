import { systemClock, type Clock } from '../clock.ts'
import { isBytes } from '../is-bytes.ts'
import { accept, acceptNumber, checkOptions, optionError, type OptionRules } from '../options.ts'
import { openWith, sealWith } from './cipher.ts'
import { DataKeys } from './data-keys.ts'
import { masterKeysOf, type RingKey } from './master-key.ts'

/**
 * What a sealed text is, as a list of words: first what kind of thing, then which one, such as
 * `['totp.secret', issuer, subject]`. It is not kept beside the sealed text, and only who names the same words can open it.
 */
export type SealContext = readonly string[]

/**
 * Keeps things secret and unchanged where others could read or write them.
 *
 * `createKeyRing` makes one whose keys are in the process. One that asks a service or a hardware module answers with promises.
 */
export interface KeyRing {
  /**
   * Seals bytes; nobody learns more of them than their length.
   * @throws SecurityError ERR_OPTION (500)
   */
  seal(context: SealContext, bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * Opens what `seal` made in the same context.
   * @throws SecurityError ERR_SEAL_BROKEN (503) for what was changed, cut, moved or never sealed; ERR_KEY_MISSING (503) where its key is
   *   not in the ring; ERR_OPTION (500)
   */
  open(context: SealContext, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A key ring that has its keys in the process and so answers at once. */
export interface LocalKeyRing extends KeyRing {
  seal(context: SealContext, bytes: Uint8Array): Uint8Array
  open(context: SealContext, sealed: Uint8Array): Uint8Array
}

/** Options of `createKeyRing`. */
export interface KeyRingOptions {
  /**
   * The keys: the first seals, all open. To rotate, put the new key last and deploy that to every node, then put it first; take the
   * old one out when nothing is left that it sealed.
   */
  readonly keys: readonly RingKey[]
  /** How long one data key is used for sealing, in milliseconds. @default 7_776_000_000 (90 days) */
  readonly rotateAfter?: number
  /**
   * How often one data key is used for sealing. NIST SP 800-38D, section 8.3 allows 2³² at random nonces.
   * @default 16_777_216
   */
  readonly sealsPerKey?: number
  /** @default the machine's clock */
  readonly clock?: Clock
}

const rules: OptionRules<KeyRingOptions> = {
  keys: {
    accepts: 'a list of at least one { id, key }',
    test: (v) => Array.isArray(v) && v.length > 0 && v.every(accept.object.test),
    secret: true,
  },
  rotateAfter: acceptNumber('milliseconds', 1000, 31_622_400_000),
  sealsPerKey: acceptNumber('seals', 1, 2 ** 32),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.now === 'function' },
}

/**
 * Makes a key ring of keys that the app has: AES-256-GCM (NIST SP 800-38D) with 16-byte tags and random 12-byte nonces.
 *
 * The keys themselves seal nothing. Each process draws a random mark, derives a data key from it (HKDF-SHA-256, RFC 5869), writes the
 * mark beside what it seals, and draws another one in time. So nodes need not agree on anything, neither clocks nor counters, and no
 * key comes near the number of nonces at which two may be equal.
 *
 * No error, and no way to print the ring, shows a key.
 * @throws SecurityError ERR_OPTION for a key that is not 32 bytes or can be guessed, or an id or a key that is there twice
 */
export function createKeyRing(options: KeyRingOptions): LocalKeyRing {
  checkOptions<KeyRingOptions>('createKeyRing', options, rules)
  // Of an absent option no rule is asked, and a `Map` has `keys` too.
  if (!rules.keys.test(options.keys)) throw optionError('createKeyRing', 'keys', options.keys, rules.keys)
  const { rotateAfter = 7_776_000_000, sealsPerKey = 16_777_216, clock = systemClock } = options
  const keys = new DataKeys(masterKeysOf(options.keys), { rotateAfter, sealsPerKey, clock })
  return {
    seal(context, bytes) {
      check('seal', context, bytes)
      return sealWith(keys.toSeal(), JSON.stringify(context), bytes)
    },
    open(context, sealed) {
      check('open', context, sealed)
      return openWith((id, mark) => keys.toOpen(id, mark), JSON.stringify(context), sealed)
    },
  }
}

const contextRule = {
  accepts: 'a list of at least one string',
  test: (v: unknown) => Array.isArray(v) && v.length > 0 && v.every((word) => typeof word === 'string'),
  secret: true,
}

function check(method: string, context: SealContext, bytes: Uint8Array): void {
  if (!contextRule.test(context)) throw optionError(`keyRing.${method}`, 'context', context, contextRule)
  if (!isBytes(bytes)) throw optionError(`keyRing.${method}`, 'bytes', bytes, { accepts: 'a Uint8Array', secret: true })
}
