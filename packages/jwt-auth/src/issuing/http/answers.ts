import { SecurityError, type Answer, type Exchange } from '@sallyport/core'
import type { IssuerErrorCode } from '../errors.ts'
import type { IssuedAccess, IssuedTokens } from '../tokens.ts'

/** What holds a token, or says why there is none, is kept by nobody (RFC 6749, section 5.1). */
const unkept = { 'cache-control': 'no-store', pragma: 'no-cache' }
const json = { 'content-type': 'application/json' }

/** An answer that only who asked may have. */
export function answerOf(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...json, ...unkept, ...headers }, body: JSON.stringify(body) }
}

/** Done, and nothing to say (RFC 7009, section 2.2). */
export const done: Answer = { status: 200, headers: unkept, body: '' }

/** An access token on the wire (RFC 6749, section 5.1). */
export function accessBody({
  accessToken,
  tokenType,
  expiresIn,
  scopes,
}: IssuedAccess): Readonly<Record<string, unknown>> {
  return {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: expiresIn,
    ...(scopes && { scope: scopes.join(' ') }),
  }
}

/** Tokens of a login on the wire. */
export function tokensBody(tokens: IssuedTokens): Readonly<Record<string, unknown>> {
  return {
    ...accessBody(tokens),
    refresh_token: tokens.refreshToken,
    refresh_expires_in: tokens.refreshExpiresIn,
  }
}

/** A refusal, and what a client may know of it: one word (RFC 6749, section 5.2). */
export interface Refused {
  readonly code: string
  readonly answer: Answer
}

/** How a request that was refused is answered; nothing for what is no refusal of the request, such as an outage. */
export function refusedOf(thrown: unknown, exchange: Exchange): Refused | undefined {
  if (!SecurityError.is(thrown)) return undefined
  const { code, status, headers } = thrown
  const error = wordFor(code)
  if (error === undefined) return undefined
  if (status !== 401) return { code, answer: answerOf({ error }, status, headers) }
  // RFC 6749, section 5.2: the challenge is for who has used the header. Browsers would ask their user for a password.
  if (exchange.header('authorization') === undefined) return { code, answer: answerOf({ error }, 400) }
  return { code, answer: answerOf({ error }, status, { 'www-authenticate': 'Basic realm="token"' }) }
}

/** What the wire calls each refusal: RFC 6749, section 5.2; RFC 8707, section 2; RFC 9449, section 5. An outage is no such answer. */
const oauthErrors: Readonly<Record<Exclude<IssuerErrorCode, 'ERR_ISSUER_KEYS'>, string>> = {
  ERR_ISSUER_REQUEST: 'invalid_request',
  ERR_ISSUER_CLIENT: 'invalid_client',
  ERR_ISSUER_UNAUTHORIZED: 'unauthorized_client',
  ERR_ISSUER_GRANT: 'invalid_grant',
  // Whoever holds a stolen token need not learn that the theft was noticed.
  ERR_ISSUER_REUSED: 'invalid_grant',
  ERR_ISSUER_GRANT_TYPE: 'unsupported_grant_type',
  ERR_ISSUER_SCOPE: 'invalid_scope',
  ERR_ISSUER_TARGET: 'invalid_target',
  ERR_ISSUER_PROOF: 'invalid_dpop_proof',
  ERR_ISSUER_NONCE: 'use_dpop_nonce',
}

function wordFor(code: string): string | undefined {
  if (code.startsWith('ERR_BODY_')) return 'invalid_request'
  return Object.hasOwn(oauthErrors, code) ? oauthErrors[code as keyof typeof oauthErrors] : undefined
}
