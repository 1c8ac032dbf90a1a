import type { webcrypto } from 'node:crypto'
import type { SignatureAlgorithm } from './algorithms.ts'

type Imported = webcrypto.CryptoKey

/**
 * Imports a key for an algorithm at its first use, once: what jose does with a key in another form is a good part of what it costs to check a
 * signature. A promise only until it is there.
 */
export function importOnce(
  load: (algorithm: SignatureAlgorithm) => Promise<Imported>,
): (algorithm: SignatureAlgorithm) => Imported | Promise<Imported> {
  const keys = new Map<SignatureAlgorithm, Imported | Promise<Imported>>()
  return (algorithm) => {
    const present = keys.get(algorithm)
    if (present) return present
    const pending = load(algorithm).then(
      (key) => {
        keys.set(algorithm, key)
        return key
      },
      (thrown: unknown) => {
        keys.delete(algorithm)
        throw thrown
      },
    )
    keys.set(algorithm, pending)
    return pending
  }
}
