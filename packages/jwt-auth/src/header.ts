import { Refusal } from './errors.ts'

/** What a token's header says, as far as it is heeded. `jku`, `x5u`, `jwk` and `x5c` are not: no key comes from a token. */
export interface Header {
  readonly alg: string
  readonly kid: string | undefined
  /** `at+jwt`: an access token of RFC 9068. `jwt`: a token that does not say what it is for. */
  readonly type: 'at+jwt' | 'jwt'
}

/**
 * Reads a token's header.
 * @throws Refusal ERR_JWT_MALFORMED, ERR_JWT_TYPE
 */
export function readHeader(header: Readonly<Record<string, unknown>>, acceptPlainJwt: boolean): Header {
  const { alg, kid } = header
  // Nothing that could be named there is understood here, and what is critical must be (RFC 7515, section 4.1.11).
  if (Object.hasOwn(header, 'crit')) throw new Refusal('ERR_JWT_MALFORMED', 'critical extensions are not supported')
  if (Object.hasOwn(header, 'b64')) throw new Refusal('ERR_JWT_MALFORMED', 'unencoded payloads are not supported')
  if (typeof alg !== 'string') throw new Refusal('ERR_JWT_MALFORMED', 'no `alg`')
  if (kid !== undefined && typeof kid !== 'string') throw new Refusal('ERR_JWT_MALFORMED', '`kid` is no string')
  return { alg, kid, type: typeOf(header['typ'], acceptPlainJwt) }
}

function typeOf(typ: unknown, acceptPlainJwt: boolean): Header['type'] {
  if (typ !== undefined && typeof typ !== 'string') throw new Refusal('ERR_JWT_MALFORMED', '`typ` is no string')
  // A media type: any case, and `application/` may be left out (RFC 7515, section 4.1.9).
  const type = (typ ?? 'jwt').toLowerCase().replace(/^application\//, '')
  if (type === 'at+jwt') return type
  if (type !== 'jwt') throw new Refusal('ERR_JWT_TYPE', '`typ` names another kind of token')
  if (!acceptPlainJwt) {
    throw new Refusal('ERR_JWT_TYPE', '`typ` is not at+jwt; `acceptPlainJwt: true` accepts issuers that do not set it')
  }
  return type
}
