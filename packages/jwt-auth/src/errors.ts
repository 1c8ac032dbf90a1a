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
  | 'ERR_JWT_REVOKED'
  | 'ERR_JWT_KEYS_UNAVAILABLE'

/** The refusals of `jwtAuth()`: status, and the one sentence that a client reads. */
export const jwtErrors: ErrorTable<JwtErrorCode> = {
  ERR_JWT_MISSING: { status: 401, title: 'A token is required' },
  ERR_JWT_REQUEST: { status: 400, title: 'The token is not presented as RFC 6750 demands' },
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
  ERR_JWT_BOUND: { status: 401, title: 'The token is bound to a key and cannot be used as a bearer token' },
  ERR_JWT_REVOKED: { status: 401, title: 'The token was revoked' },
  ERR_JWT_KEYS_UNAVAILABLE: { status: 503, title: 'The keys that tokens are checked with are not available' },
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
  /** In seconds, for a 503. */
  readonly retryAfter: number | undefined

  constructor(code: JwtErrorCode, why: string, retryAfter?: number) {
    super(why)
    this.name = 'Refusal'
    this.code = code
    this.retryAfter = retryAfter
  }
}
