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

/** How many headers are remembered. An issuer has as many as it has keys. */
const MOST_KNOWN = 32
/** Longest header that is remembered, in characters. */
const LONGEST_KNOWN = 512

/** Headers of tokens that were verified, by their encoding: all tokens of a key have the same one, so it is read once. */
export class KnownHeaders {
  readonly #known = new Map<string, Header>()

  get(encoded: string): Header | undefined {
    return this.#known.get(encoded)
  }

  /** Only of what was verified, or strangers could make us forget the others. */
  add(encoded: string, header: Header): void {
    if (encoded.length > LONGEST_KNOWN || this.#known.has(encoded)) return
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    // A copy: a slice of a token would keep the whole token in memory.
    this.#known.set(Buffer.from(encoded, 'latin1').toString('latin1'), header)
  }
}
