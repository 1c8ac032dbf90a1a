import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

/** What tokens can be signed with. */
export type SigningAlgorithm = AsymmetricAlgorithm | 'HS256'

/** What leaves a key that everybody may see. */
export type AsymmetricAlgorithm = 'RS256' | 'ES256' | 'EdDSA'

/** A key that signs, or has signed. */
export interface SigningKey {
  /** Its name in tokens; a shared secret has none. */
  readonly kid: string | undefined
  readonly alg: SigningAlgorithm
  /** Private, or the shared secret. */
  readonly signs: KeyObject
  /** Public, or the shared secret. */
  readonly verifies: KeyObject
  /** As it stands in the key set; nothing for a shared secret, which nobody may see. */
  readonly jwk: JWK | undefined
}

/** The keys of an issuer. */
export interface SigningKeys {
  /** Whether tokens are signed with a secret that the service which takes them has too. */
  readonly shared: boolean
  /**
   * The key to sign a token with that ends at `expiresAt` (seconds since the Unix epoch). It stays published until then.
   * @throws SecurityError ERR_ISSUER_KEYS, ERR_STORE_UNAVAILABLE (503)
   */
  signer(expiresAt: number): Promise<SigningKey>
  /** All keys that a token of this issuer may be signed with: those to come, the current one, and those whose tokens last. */
  all(): Promise<readonly SigningKey[]>
  /** Brings a new key. `withdraw`: at once, in place of all others, whose tokens end with them. */
  rotate(withdraw: boolean): Promise<void>
}
