import { isPromise } from '@sallyport/core'
import { acceptClaims, type AcceptRules } from './accept-claims.ts'
import { looksLikeJwt, parsePart, splitCompact, type Part } from './compact.ts'
import { Refusal } from './errors.ts'
import { readHeader, type Header, type KnownHeaders } from './header.ts'
import type { Issuers } from './issuers.ts'
import type { SignatureAlgorithm } from './keys/algorithms.ts'
import type { VerificationKey } from './keys/key.ts'
import type { KeySource, WantedKey } from './keys/source.ts'
import { isSignedBy } from './signature.ts'
import { demandTrust, type TrustedIssuer } from './trusted-issuer.ts'
import type { VerifiedToken } from './verified.ts'

/** How tokens are verified. */
export interface VerifyRules extends AcceptRules {
  readonly issuers: Issuers
  readonly acceptPlainJwt: boolean
  readonly headers: KnownHeaders
}

/** A JWT taken apart. Nothing in it is verified. */
interface UnverifiedJwt {
  /** The header as it is encoded. */
  readonly encoded: string
  /** The header, where it is known from other tokens. */
  readonly header: Header | undefined
  /** What is in the header, where it is not known. */
  readonly members: Part
  readonly claims: Part
}

const none: Part = Object.freeze({})

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
  const jwt = opaque && !looksLikeJwt(token) ? undefined : takeApart(token, rules)
  const trusted = jwt ? rules.issuers.pick(jwt.claims['iss']) : opaque!
  const { keys } = trusted
  try {
    if (!jwt || !keys) return await trusted.opaque!.verify(token, trusted, rules)
    const header = jwt.header ?? readHeader(jwt.members, rules.acceptPlainJwt)
    const key = await signerOf(token, { alg: algorithmOf(header, trusted), kid: header.kid }, keys)
    rules.headers.add(jwt.encoded, header)
    const accepted = acceptClaims(jwt.claims, { trusted, type: header.type, key, source: keys }, rules, now)
    return isPromise(accepted) ? await accepted : accepted
  } catch (thrown) {
    // What went wrong because the issuer was removed is no outage.
    demandTrust(trusted)
    throw thrown
  }
}

function takeApart(token: string, { maxTokenBytes, headers }: VerifyRules): UnverifiedJwt {
  const { header: encoded, claims } = splitCompact(token, maxTokenBytes)
  const header = headers.get(encoded)
  return { encoded, header, members: header ? none : parsePart(encoded), claims: parsePart(claims) }
}

/** Before the keys are asked for, so that a token nobody could accept makes no request to the key server. */
function algorithmOf({ alg }: Header, { algorithms }: TrustedIssuer): SignatureAlgorithm {
  const algorithm = algorithms.find((one) => one === alg)
  if (algorithm === undefined) throw new Refusal('ERR_JWT_ALGORITHM', '`alg` is not accepted of this issuer')
  return algorithm
}

/** The key that signed a token. */
async function signerOf(token: string, wanted: WantedKey, source: KeySource): Promise<VerificationKey> {
  const found = source.find(wanted)
  let candidates = isPromise(found) ? await found : found
  // What names its key and is not signed by it is forged; of the rest nobody knows which key it means.
  let isLast = wanted.kid !== undefined
  for (;;) {
    for (const key of candidates) {
      const material = key.material(wanted.alg)
      if (await isSignedBy(token, isPromise(material) ? await material : material, wanted.alg)) return key
    }
    if (isLast) throw new Refusal('ERR_JWT_SIGNATURE', 'the signature is not valid')
    isLast = true
    candidates = await source.findOthers(wanted, candidates)
  }
}
