import { Refusal } from '../errors.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { importOnce } from './import-once.ts'
import type { VerificationKey } from './key.ts'
import { KeySet } from './key-set.ts'
import type { KeySource } from './source.ts'

/** Keys that are in the configuration: they are always there, and never change. */
export function fixedKeys(set: KeySet): KeySource {
  return {
    find(wanted) {
      const found = set.select(wanted)
      if (found.length === 0) throw new Refusal('ERR_JWT_KEY', 'the key is not in the key set')
      return found
    },
    findOthers: () => Promise.resolve([]),
    holds: () => true,
    state: () => 'ready',
    size: set.keys.length,
    close: () => undefined,
  }
}

/** One key that no `kid` is asked of: there is no other one it could be mistaken for. */
export function singleKey(key: VerificationKey): KeySource {
  const source = fixedKeys(new KeySet([key]))
  return { ...source, find: ({ alg }) => source.find({ alg, kid: undefined }) }
}

/** The key of an HMAC. */
export function secretKey(secret: Uint8Array, algorithms: readonly SignatureAlgorithm[]): VerificationKey {
  const bytes = Uint8Array.from(secret)
  return {
    kid: undefined,
    algorithms,
    identity: 'secret',
    live: true,
    material: importOnce((algorithm) => {
      const hmac = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` }
      return crypto.subtle.importKey('raw', bytes, hmac, false, ['verify'])
    }),
  }
}
