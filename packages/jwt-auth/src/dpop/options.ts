import { accept, acceptNumber, checkOptions, type OptionRules } from '@sallyport/core'
import { isQuotable } from '../challenge.ts'
import { asymmetricAlgorithms, type SignatureAlgorithm } from '../keys/algorithms.ts'

/** An algorithm that a proof may be signed with: one with a public key. */
export type ProofAlgorithm = Exclude<SignatureAlgorithm, 'HS256' | 'HS384' | 'HS512'>

/** How clients prove that they hold the key that a token is bound to (DPoP, RFC 9449). All times are in seconds. */
export interface DpopOptions {
  /** Whether tokens that are not bound to a key are refused. @default false */
  readonly required?: boolean
  /** Algorithms of proofs, as challenges list them. @default ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] */
  readonly algorithms?: readonly ProofAlgorithm[]
  /** How old a proof may be, by its `iat`, or by its nonce where there are nonces. For as long it is remembered. @default 60 */
  readonly maxAge?: number
  /**
   * Whether a proof must hold a nonce of ours, which clients get by a challenge (RFC 9449, section 9): then none can be made for later,
   * and the clocks of clients do not matter. All nodes on one store have the same. @default false
   */
  readonly nonce?: boolean
  /**
   * Where clients see the root of this app, such as `https://api.example.com`, or `https://example.com/api` behind a proxy that takes the
   * prefix away; or several. What a proof is for (`htu`) is compared with it.
   * @default the origin of the request: from `Host`, or what a trusted proxy says. Both let a proof that another server was given
   *   pass for one of ours, by that server's name in `Host`.
   */
  readonly publicUrl?: string | readonly string[]
}

/** The options, checked and complete. */
export interface DpopSettings {
  readonly required: boolean
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Milliseconds. */
  readonly maxAge: number
  readonly nonce: boolean
  /** Without a slash at their end; none where the origin is the request's. */
  readonly publicUrls: readonly string[]
}

const isBase = (value: unknown): boolean => {
  if (typeof value !== 'string' || !URL.canParse(value) || !isQuotable(value)) return false
  const { protocol, username, password, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '')
}

const rules: OptionRules<DpopOptions> = {
  required: accept.boolean,
  algorithms: {
    accepts: `a list of ${asymmetricAlgorithms.join(', ')}`,
    test: (v) =>
      Array.isArray(v) && v.length > 0 && v.every((one) => asymmetricAlgorithms.some((known) => known === one)),
  },
  maxAge: acceptNumber('seconds', 1, 600),
  nonce: accept.boolean,
  publicUrl: {
    accepts: "a URL such as 'https://api.example.com', without query, or a list of them",
    test: (v) => isBase(v) || (Array.isArray(v) && v.length > 0 && v.every((one) => isBase(one))),
  },
}

/**
 * Checks the option `dpop`; nothing where it is off.
 * @throws SecurityError ERR_OPTION
 */
export function settleDpop(option: boolean | DpopOptions | undefined): DpopSettings | undefined {
  if (option === undefined || option === false) return undefined
  const options = option === true ? {} : option
  checkOptions<DpopOptions>('jwtAuth dpop', options, rules)
  const { required = false, algorithms = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'], publicUrl = [] } = options
  const { maxAge = 60, nonce = false } = options
  const bases = typeof publicUrl === 'string' ? [publicUrl] : publicUrl
  const publicUrls = bases.map((base) => base.replace(/\/$/, ''))
  return { required, algorithms, maxAge: maxAge * 1000, nonce, publicUrls }
}
