import { isPromise } from '@sallyport/core'
import { acceptClaims, type AcceptRules } from './accept-claims.ts'
import { looksLikeJwt, parseCompact, type Compact } from './compact.ts'
import { Refusal } from './errors.ts'
import { readHeader } from './header.ts'
import type { Issuers } from './issuers.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'
import type { VerificationKey } from './keys/key.ts'
import type { KeySource } from './keys/source.ts'
import { isSignedBy } from './signature.ts'
import { demandTrust, type TrustedIssuer } from './trusted-issuer.ts'
import type { VerifiedToken } from './verified.ts'

/** How tokens are verified. */
export interface VerifyRules extends AcceptRules {
  readonly issuers: Issuers
  readonly acceptPlainJwt: boolean
}

/**
 * Verifies a token: a JWT by the keys of the issuer that it names, any other by asking the issuer that can be asked.
 *
 * The claims of a JWT are parsed once, before the signature is checked, because `iss` picks the keys. They are what was signed: the
 * encoding is canonical, and jose checks the signature over the same characters.
 * @param now milliseconds since the Unix epoch
 * @throws Refusal
 */
export async function verifyToken(token: string, rules: VerifyRules, now: number): Promise<VerifiedToken> {
  const { opaque } = rules.issuers
  const compact = opaque && !looksLikeJwt(token) ? undefined : parseCompact(token, rules.maxTokenBytes)
  const trusted = compact ? rules.issuers.pick(compact.claims['iss']) : opaque!
  try {
    return await (compact && trusted.keys
      ? verifyJwt(token, compact, { trusted, keys: trusted.keys, rules, now })
      : trusted.opaque!.verify(token, trusted, rules))
  } catch (thrown) {
    // What went wrong because the issuer was removed is no outage.
    demandTrust(trusted)
    throw thrown
  }
}

interface JwtContext {
  readonly trusted: TrustedIssuer
  readonly keys: KeySource
  readonly rules: VerifyRules
  readonly now: number
}

async function verifyJwt(token: string, { header, claims }: Compact, context: JwtContext): Promise<VerifiedToken> {
  const { trusted, keys, rules, now } = context
  const { alg, kid, type } = readHeader(header, rules.acceptPlainJwt)
  const algorithm = trusted.algorithms.find((one) => one === alg)
  // Before the keys are asked for, so that a token nobody could accept makes no request to the key server.
  if (algorithm === undefined) throw new Refusal('ERR_JWT_ALGORITHM', '`alg` is not accepted of this issuer')
  const found = keys.find({ alg: algorithm, kid })
  const key = await signerOf(token, isPromise(found) ? await found : found, algorithm)
  return acceptClaims(claims, { trusted, type, key, source: keys }, rules, now)
}

/** The key among these that signed the token. */
async function signerOf(
  token: string,
  keys: readonly VerificationKey[],
  algorithm: SignatureAlgorithm,
): Promise<VerificationKey> {
  for (const key of keys) {
    const material = key.material(algorithm)
    if (await isSignedBy(token, isPromise(material) ? await material : material, algorithm)) return key
  }
  throw new Refusal('ERR_JWT_SIGNATURE', 'the signature is not valid')
}
