import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { thumbprintOf } from '../../dpop/thumbprint.ts'
import type { AsymmetricAlgorithm, SigningKey } from './signing-keys.ts'

/** Draws a new private key. */
export function drawPrivateKey(alg: AsymmetricAlgorithm): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _public: KeyObject, privateKey: KeyObject): void =>
      error ? reject(error) : resolve(privateKey)
    switch (alg) {
      case 'RS256':
        return void generateKeyPair('rsa', { modulusLength: 2048 }, done)
      case 'ES256':
        return void generateKeyPair('ec', { namedCurve: 'P-256' }, done)
      case 'EdDSA':
        return void generateKeyPair('ed25519', undefined, done)
    }
  })
}

/** A private key with its public half and its name. */
export interface NamedKey extends SigningKey {
  readonly kid: string
  readonly alg: AsymmetricAlgorithm
}

/** Names a private key: by the thumbprint of its public half (RFC 7638), unless it has a name. */
export function nameKey(alg: AsymmetricAlgorithm, privateKey: KeyObject, name?: string): NamedKey {
  const verifies = createPublicKey(privateKey)
  const kid = name ?? thumbprintOf(verifies)
  const jwk: JWK = { ...(verifies.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' }
  return { kid, alg, signs: privateKey, verifies, jwk }
}

/** Reads a private key from a JWK. */
export function privateKeyOf(jwk: JsonWebKey): KeyObject {
  return createPrivateKey({ key: jwk, format: 'jwk' })
}
