import { isPromise } from '@sallyport/core'
import { JOSEError, JWSSignatureVerificationFailed } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { checkClaims } from './claim-checks.ts'
import { parseCompact } from './compact.ts'
import { Refusal } from './errors.ts'
import { readHeader } from './header.ts'
import { freezeDeep } from './json.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'
import type { VerificationKey } from './keys/key.ts'
import { principalOf } from './principal.ts'
import { pickIssuer, type TrustedIssuers } from './trusted-issuer.ts'
import { VerifiedToken } from './verified.ts'

/** How tokens are verified. */
export interface VerifyRules {
  readonly issuers: TrustedIssuers
  /** Seconds. */
  readonly leeway: number
  readonly acceptPlainJwt: boolean
  readonly maxTokenBytes: number
}

/**
 * Verifies a token: form, header, issuer, signature, claims.
 *
 * The claims are parsed once, before the signature is checked, because `iss` picks the keys. They are what was signed: the
 * encoding is canonical, and jose checks the signature over the same characters.
 * @param now milliseconds since the Unix epoch
 * @throws Refusal
 */
export async function verifyToken(token: string, rules: VerifyRules, now: number): Promise<VerifiedToken> {
  const { header, claims } = parseCompact(token, rules.maxTokenBytes)
  const { alg, kid, type } = readHeader(header, rules.acceptPlainJwt)
  const trusted = pickIssuer(rules.issuers, claims['iss'])
  const algorithm = trusted.algorithms.find((one) => one === alg)
  // Before the keys are asked for, so that a token nobody could accept makes no request to the key server.
  if (algorithm === undefined) throw new Refusal('ERR_JWT_ALGORITHM', '`alg` is not accepted of this issuer')
  const found = trusted.keys.find({ alg: algorithm, kid })
  const key = await signerOf(token, isPromise(found) ? await found : found, algorithm)
  // It may have left the key set while the signature was being checked.
  if (!key.live) throw new Refusal('ERR_JWT_KEY', 'the key has just left the key set')
  const { issuer, audience } = trusted
  checkClaims(claims, { issuer, audience, type, leeway: rules.leeway, now })
  const principal = principalOf(freezeDeep(claims), trusted.places)
  return new VerifiedToken({ principal, key, source: trusted.keys, leeway: rules.leeway })
}

/** The key among these that signed the token. */
async function signerOf(
  token: string,
  keys: readonly VerificationKey[],
  algorithm: SignatureAlgorithm,
): Promise<VerificationKey> {
  for (const key of keys) {
    const material = key.material(algorithm)
    try {
      await compactVerify(token, isPromise(material) ? await material : material, { algorithms: [algorithm] })
      return key
    } catch (thrown) {
      // jose's own texts and causes may hold parts of the token: they go no further.
      if (!(thrown instanceof JOSEError)) throw thrown
      if (!(thrown instanceof JWSSignatureVerificationFailed)) {
        throw new Refusal('ERR_JWT_MALFORMED', 'jose refused the token')
      }
    }
  }
  throw new Refusal('ERR_JWT_SIGNATURE', 'the signature is not valid')
}
