import { Refusal } from './errors.ts'

/** What a token is bound to (RFC 7800): whoever presents it must prove to hold the key. At least one member is there. */
export interface Binding {
  /** SHA-256 thumbprint of the JWK (RFC 7638) that a DPoP proof is signed with (RFC 9449, section 6.1). */
  readonly jkt: string | undefined
  /** SHA-256 of the certificate that TLS has shown (RFC 8705, section 3.1). */
  readonly x5t: string | undefined
}

/** Which proofs the configuration takes. */
export interface Provable {
  readonly dpop: boolean
  readonly mtls: boolean
}

/** A SHA-256 in base64url. */
const digest = /^[\w-]{43}$/u

/**
 * What the claims bind a token to; nothing where they bind it to nothing. Whoever took it from its owner has the token, but not the
 * key: possession must be proved of everything that `cnf` names.
 * @throws Refusal ERR_JWT_BOUND for a binding that cannot be proved here
 */
export function bindingOf(claims: Readonly<Record<string, unknown>>, { dpop, mtls }: Provable): Binding | undefined {
  if (!Object.hasOwn(claims, 'cnf')) return undefined
  const { jkt, 'x5t#S256': x5t, ...others } = Object(claims['cnf']) as Record<string, unknown>
  if (Object.keys(others).length > 0) throw bound('`cnf` binds the token to what cannot be proved here')
  if (!dpop && jkt !== undefined) throw bound('`cnf` binds the token to a key; `dpop: true` lets clients prove it')
  if (!mtls && x5t !== undefined)
    throw bound('`cnf` binds the token to a certificate; `mtls: true` lets clients prove it')
  if (!isDigest(jkt) || !isDigest(x5t) || (jkt ?? x5t) === undefined) throw bound('`cnf` is not understood')
  return { jkt, x5t }
}

function isDigest(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && digest.test(value))
}

function bound(why: string): Refusal {
  return new Refusal('ERR_JWT_BOUND', why)
}
