import { JOSEError, JWSSignatureVerificationFailed } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { Refusal } from './errors.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'
import type { KeyMaterial } from './keys/key.ts'

/**
 * Whether a token was signed with a key.
 * @throws Refusal ERR_JWT_MALFORMED for what jose takes for no token
 */
export function isSignedBy(token: string, material: KeyMaterial, algorithm: SignatureAlgorithm): Promise<boolean> {
  return compactVerify(token, material, { algorithms: [algorithm] }).then(yes, notSigned)
}

function yes(): boolean {
  return true
}

function notSigned(thrown: unknown): boolean {
  if (thrown instanceof JWSSignatureVerificationFailed) return false
  // jose's own texts and causes may hold parts of the token: they go no further.
  if (thrown instanceof JOSEError) throw new Refusal('ERR_JWT_MALFORMED', 'jose refused the token')
  throw thrown
}
