import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import type { SignatureAlgorithm } from './keys/algorithms.ts'

/**
 * Whether a token was signed with a key. The token is in its three parts, and the algorithm one that the key is for: both are looked at
 * before.
 *
 * Node's own OpenSSL does it, at once: the way to another thread and back, which `crypto.subtle` takes and jose with it, costs more than the
 * check of an RSA signature.
 */
export function isSignedBy(token: string, key: KeyObject, algorithm: SignatureAlgorithm): boolean {
  const dot = token.lastIndexOf('.')
  const signed = Buffer.from(token.slice(0, dot), 'latin1')
  const signature = Buffer.from(token.slice(dot + 1), 'base64url')
  // The last three digits of all but those of RFC 8037 and RFC 9864 are the hash's (RFC 7518, section 3.1).
  const hash = `sha${algorithm.slice(2)}`
  switch (algorithm) {
    case 'HS256':
    case 'HS384':
    case 'HS512': {
      const mac = createHmac(hash, key).update(signed).digest()
      return mac.length === signature.length && timingSafeEqual(mac, signature)
    }
    case 'RS256':
    case 'RS384':
    case 'RS512':
      return verify(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING }, signature)
    case 'PS256':
    case 'PS384':
    case 'PS512':
      // RFC 7518, section 3.5: the salt is as long as the hash.
      return verify(hash, signed, { key, ...pss }, signature)
    case 'ES256':
    case 'ES384':
    case 'ES512':
      // RFC 7518, section 3.4: both numbers in full length, one after the other.
      return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'EdDSA':
    case 'Ed25519':
      return verify(null, signed, key, signature)
  }
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
