import { errorsOf, type ErrorTable, type FailureDetail, type SecurityError } from '@sallyport/core'

/** Codes of the refusals of `tokenIssuer()`. */
export type IssuerErrorCode =
  | 'ERR_ISSUER_REQUEST'
  | 'ERR_ISSUER_CLIENT'
  | 'ERR_ISSUER_UNAUTHORIZED'
  | 'ERR_ISSUER_GRANT'
  | 'ERR_ISSUER_REUSED'
  | 'ERR_ISSUER_GRANT_TYPE'
  | 'ERR_ISSUER_SCOPE'
  | 'ERR_ISSUER_TARGET'
  | 'ERR_ISSUER_PROOF'
  | 'ERR_ISSUER_NONCE'
  | 'ERR_ISSUER_KEYS'

/** The refusals of `tokenIssuer()`: status, and one sentence. A client of its routes reads one word of RFC 6749 instead. */
export const issuerErrors: ErrorTable<IssuerErrorCode> = {
  ERR_ISSUER_REQUEST: { status: 400, title: 'The request for a token is not as it must be' },
  ERR_ISSUER_CLIENT: { status: 401, title: 'The client is not known, or did not prove who it is' },
  ERR_ISSUER_UNAUTHORIZED: { status: 400, title: 'The client may not ask for this' },
  ERR_ISSUER_GRANT: { status: 400, title: 'The grant is not valid' },
  ERR_ISSUER_REUSED: { status: 400, title: 'The refresh token was used before' },
  ERR_ISSUER_GRANT_TYPE: { status: 400, title: 'The type of grant is not supported' },
  ERR_ISSUER_SCOPE: { status: 400, title: 'The scope goes beyond what was granted' },
  ERR_ISSUER_TARGET: { status: 400, title: 'The audience goes beyond what was granted' },
  ERR_ISSUER_PROOF: { status: 400, title: 'The proof of possession is missing, or of another key' },
  ERR_ISSUER_NONCE: { status: 400, title: 'The proof of possession must hold the nonce of this server' },
  ERR_ISSUER_KEYS: { status: 503, title: 'The keys that tokens are signed with are not available' },
}

/** Makes an error of the issuer. */
export const issuerError: <Code extends IssuerErrorCode>(code: Code, detail?: FailureDetail) => SecurityError<Code> =
  errorsOf(issuerErrors)
