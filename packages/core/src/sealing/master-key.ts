import type { KeyObject } from 'node:crypto'
import { builtin } from '../builtins.ts'
import { isBytes } from '../is-bytes.ts'
import { checkOptions, optionError, type OptionRules } from '../options.ts'

/** One key of a ring. */
export interface RingKey {
  /** Its name, written beside whatever it seals: 1 to 64 letters, digits and `. _ -`. A name is never given to another key. */
  readonly id: string
  /** 32 random bytes: as they are, as base64url, or as a secret `KeyObject`. `openssl rand 32 | basenc --base64url` makes one. */
  readonly key: Uint8Array | string | KeyObject
}

/** A key by its name. The first of a ring's seals. */
export type MasterKeys = ReadonlyMap<string, KeyObject>

const LENGTH = 32

const rules: OptionRules<RingKey> = {
  id: {
    accepts: 'a name of 1 to 64 letters, digits and . _ -',
    test: (v) => typeof v === 'string' && /^[\w.-]{1,64}$/.test(v),
    // Whoever swaps the two by mistake must not find the key in a log.
    secret: true,
  },
  key: { accepts: '32 random bytes, as a Uint8Array, as base64url or as a KeyObject', test: () => true, secret: true },
}

/** @throws SecurityError ERR_OPTION naming the key by its place, and never showing it */
export function masterKeysOf(given: readonly RingKey[]): MasterKeys {
  const { createSecretKey } = builtin.crypto()
  const keys = new Map<string, KeyObject>()
  for (const [i, one] of given.entries()) {
    const place = `keys[${String(i)}]`
    checkOptions<RingKey>(`createKeyRing: ${place}`, one, rules)
    if (one.id === undefined) throw wrong(`${place}.id`, one.id, rules.id.accepts)
    if (keys.has(one.id)) throw wrong(`${place}.id`, one.id, 'a name that no other key of the ring has')
    const key = createSecretKey(bytesOf(`${place}.key`, one.key))
    if ([...keys.values()].some((other) => other.equals(key)))
      throw wrong(`${place}.key`, one.key, 'a key that is not in the ring under another name')
    keys.set(one.id, key)
  }
  return keys
}

function bytesOf(place: string, key: RingKey['key']): Uint8Array {
  const bytes = decoded(key)
  if (bytes?.length !== LENGTH) throw wrong(place, key, rules.key.accepts)
  const reason = guessable(bytes)
  if (reason !== undefined) throw wrong(place, key, `32 random bytes, not ${reason}`)
  return bytes
}

function decoded(key: RingKey['key']): Uint8Array | undefined {
  if (isBytes(key)) return key
  if (typeof key === 'string') {
    const bytes = Buffer.from(key, 'base64url')
    // Decoding passes over what is no base64url, such as the padding and the + and / of base64.
    return bytes.toString('base64url') === key ? bytes : undefined
  }
  // By its members: in a test runner's sandbox it is of another realm.
  const object = key as Partial<KeyObject> | null | undefined
  return object?.type === 'secret' && typeof object.export === 'function' ? object.export() : undefined
}

/** Of 32 random bytes one set in 10¹⁴ has fewer different ones, or is text throughout. */
const LEAST_DISTINCT = 17

/** Why a key can be guessed, if it can. The answer tells nothing of the key. */
function guessable(bytes: Uint8Array): string | undefined {
  if (new Set(bytes).size < LEAST_DISTINCT) return `few different ones, repeated`
  const steps = new Set(bytes.slice(1).map((byte, i) => byte - bytes[i]!))
  if (steps.size < LEAST_DISTINCT / 2) return 'bytes that count up or down'
  // A text of 32 characters, be it hexadecimal or base64, has half the key in it, or less.
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'a text; decode it, or draw a key'
  return undefined
}

function wrong(place: string, given: unknown, accepts: string): Error {
  return optionError('createKeyRing', place, given, { accepts, secret: true })
}
