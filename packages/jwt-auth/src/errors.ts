import { errorsOf, type ErrorTable, type FailureDetail, type SecurityError } from '@sallyport/core'

/** Codes of the refusals of `jwtAuth()`. */
export type JwtErrorCode =
  | 'ERR_JWT_MISSING'
  | 'ERR_JWT_REQUEST'
  | 'ERR_JWT_AMBIGUOUS'
  | 'ERR_JWT_MALFORMED'
  | 'ERR_JWT_TYPE'
  | 'ERR_JWT_ALGORITHM'
  | 'ERR_JWT_ISSUER'
  | 'ERR_JWT_KEY'
  | 'ERR_JWT_SIGNATURE'
  | 'ERR_JWT_EXPIRED'
  | 'ERR_JWT_NOT_YET_VALID'
  | 'ERR_JWT_AUDIENCE'
  | 'ERR_JWT_CLAIMS'
  | 'ERR_JWT_BOUND'
  | 'ERR_JWT_UNBOUND'
  | 'ERR_JWT_PROOF'
  | 'ERR_JWT_PROOF_REPLAYED'
  | 'ERR_JWT_PROOF_NONCE'
  | 'ERR_JWT_INACTIVE'
  | 'ERR_JWT_REVOKED'
  | 'ERR_JWT_STEP_UP'
  | 'ERR_JWT_KEYS_UNAVAILABLE'
  | 'ERR_JWT_INTROSPECTION_UNAVAILABLE'

/** The refusals of `jwtAuth()`: status, and the one sentence that a client reads. */
export const jwtErrors: ErrorTable<JwtErrorCode> = {
  ERR_JWT_MISSING: { status: 401, title: 'A token is required' },
  ERR_JWT_REQUEST: { status: 400, title: 'The Authorization header is not one scheme and one token' },
  ERR_JWT_AMBIGUOUS: { status: 400, title: 'The request carries more than one token' },
  ERR_JWT_MALFORMED: { status: 401, title: 'The token is malformed' },
  ERR_JWT_TYPE: { status: 401, title: 'The token is not an access token' },
  ERR_JWT_ALGORITHM: { status: 401, title: 'The signature algorithm of the token is not accepted' },
  ERR_JWT_ISSUER: { status: 401, title: 'The issuer of the token is not accepted' },
  ERR_JWT_KEY: { status: 401, title: 'The token is signed with a key that is not known' },
  ERR_JWT_SIGNATURE: { status: 401, title: 'The signature of the token is not valid' },
  ERR_JWT_EXPIRED: { status: 401, title: 'The token has expired' },
  ERR_JWT_NOT_YET_VALID: { status: 401, title: 'The token is not valid yet' },
  ERR_JWT_AUDIENCE: { status: 401, title: 'The token is meant for another audience' },
  ERR_JWT_CLAIMS: { status: 401, title: 'The claims of the token are incomplete or of the wrong kind' },
  ERR_JWT_BOUND: { status: 401, title: 'The token is bound to a key whose possession was not proved' },
  ERR_JWT_UNBOUND: { status: 401, title: 'The token is not bound to a key, as it must be here' },
  ERR_JWT_PROOF: { status: 401, title: 'The DPoP proof is not valid for this request' },
  ERR_JWT_PROOF_REPLAYED: { status: 401, title: 'The DPoP proof was used before' },
  ERR_JWT_PROOF_NONCE: { status: 401, title: 'The DPoP proof must hold the nonce of this server' },
  ERR_JWT_INACTIVE: { status: 401, title: 'The token is not active' },
  ERR_JWT_REVOKED: { status: 401, title: 'The token was revoked' },
  ERR_JWT_STEP_UP: { status: 401, title: 'A stronger or fresher login is required' },
  ERR_JWT_KEYS_UNAVAILABLE: { status: 503, title: 'The keys that tokens are checked with are not available' },
  ERR_JWT_INTROSPECTION_UNAVAILABLE: { status: 503, title: 'The server that tokens are looked up at is not available' },
}

/** Makes an error of this package. */
export const jwtError: <Code extends JwtErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(jwtErrors)

/**
 * A refusal on its way to the gate, which adds the challenge. `why` is for the debug log: fixed words of ours, never a
 * part of the token.
 */
export class Refusal extends Error {
  readonly code: JwtErrorCode
  /** Headers of the response, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(code: JwtErrorCode, why: string, headers?: Readonly<Record<string, string>>) {
    super(why)
    this.name = 'Refusal'
    this.code = code
    this.headers = headers
  }
}
