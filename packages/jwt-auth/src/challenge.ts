import { jwtErrors, type JwtErrorCode } from './errors.ts'

/** An authentication scheme that tokens are presented by. */
export type Scheme = 'Bearer' | 'DPoP'

/** What challenges tell about this service. */
export interface ChallengeTerms {
  readonly realm: string
  /** Where DPoP proofs are taken: the algorithms of proofs, and whether tokens need one. */
  readonly dpop?: { readonly algorithms: readonly string[]; readonly required: boolean } | undefined
  /** URL of the metadata of this resource (RFC 9728, section 5.1). */
  readonly resourceMetadata?: string | undefined
}

/** A login that is asked for (RFC 9470, section 3). */
export interface StepUpDemand {
  /** One or more values of `acr`, separated by spaces, in the order of preference. */
  readonly acr?: string
  /** How long ago the user may have logged in, in seconds. */
  readonly maxAge?: number
}

/** The challenges of one `jwtAuth()` (RFC 6750, section 3; RFC 9449, section 7.1). */
export interface Challenges {
  /** For a request without a token, one for each scheme: they tell no error, because none was made. */
  readonly plain: readonly string[]
  /** For a token that was refused when it was presented by a scheme; nothing where the refusal is not about the token. */
  of(code: JwtErrorCode, scheme: Scheme): string | undefined
  /** For a good token of a login that is not good enough. */
  stepUp(demand: StepUpDemand, scheme: Scheme): string
}

/** Whether a text can stand in a quoted-string and be read by people: printable ASCII. */
export function isQuotable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text)
}

const proofErrors: Readonly<Partial<Record<JwtErrorCode, string>>> = {
  ERR_JWT_PROOF: 'invalid_dpop_proof',
  ERR_JWT_PROOF_REPLAYED: 'invalid_dpop_proof',
  ERR_JWT_PROOF_NONCE: 'use_dpop_nonce',
  ERR_JWT_STEP_UP: 'insufficient_user_authentication',
}

/** Makes the challenges. */
export function challengesOf({ realm, dpop, resourceMetadata }: ChallengeTerms): Challenges {
  const schemes: readonly Scheme[] = !dpop ? ['Bearer'] : dpop.required ? ['DPoP'] : ['Bearer', 'DPoP']
  const plain = schemes.map((scheme) => challenge(scheme))
  return {
    plain,
    of(code, scheme) {
      if (code === 'ERR_JWT_MISSING') return plain.join(', ')
      return jwtErrors[code].status === 503 ? undefined : withError(code, scheme)
    },
    stepUp: ({ acr, maxAge }, scheme) =>
      withError('ERR_JWT_STEP_UP', scheme, {
        ...(acr !== undefined && { acr_values: acr }),
        ...(maxAge !== undefined && { max_age: String(maxAge) }),
      }),
  }

  /** The error stands at the scheme that the client has used, where that is one of ours; the others say what there is beside it. */
  function withError(code: JwtErrorCode, used: Scheme, more: Readonly<Record<string, string>> = {}): string {
    const { status, title } = jwtErrors[code]
    const error = proofErrors[code] ?? (status === 400 ? 'invalid_request' : 'invalid_token')
    const scheme = schemes.includes(used) ? used : schemes[0]!
    const others = plain.filter((_, i) => schemes[i] !== scheme)
    return [challenge(scheme, { error, error_description: title, ...more }), ...others].join(', ')
  }

  function challenge(scheme: Scheme, told: Readonly<Record<string, string>> = {}): string {
    const parameters = {
      realm,
      ...told,
      ...(scheme === 'DPoP' && dpop && { algs: dpop.algorithms.join(' ') }),
      ...(resourceMetadata !== undefined && { resource_metadata: resourceMetadata }),
    }
    return `${scheme} ${Object.entries(parameters)
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join(', ')}`
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
