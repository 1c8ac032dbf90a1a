import { hash } from 'node:crypto'
import { timeClaim } from '../claims.ts'
import { parseCompact } from '../compact.ts'
import { Refusal } from '../errors.ts'
import type { SignatureAlgorithm } from '../keys/algorithms.ts'
import { judgeJwk } from '../keys/key.ts'
import { isSignedBy } from '../signature.ts'
import { normaliseTarget } from './target.ts'
import { isWellSpelt, thumbprintOf } from './thumbprint.ts'

/** What a proof must be made for. */
export interface ProofExpectations {
  readonly method: string
  /** One of these, normalised. */
  readonly targets: readonly string[]
  /** The token that it is presented with; nothing where one is asked for. */
  readonly token: string | undefined
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly maxBytes: number
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Seconds. */
  readonly leeway: number
}

/** What a good proof says. Whether it is fresh, and used for the first time, is not known yet. */
export interface Proof {
  /** Thumbprint of the key that it is signed with. */
  readonly jkt: string
  readonly jti: string
  /** Seconds since the Unix epoch, by the client's clock. */
  readonly iat: number
  readonly nonce: unknown
}

/**
 * Checks a DPoP proof (RFC 9449, section 4.3): form, key, signature, and that it was made for this request and this token.
 * @throws Refusal ERR_JWT_PROOF
 */
export async function verifyProof(text: string, expected: ProofExpectations): Promise<Proof> {
  try {
    return await verify(text, expected)
  } catch (thrown) {
    // Whatever is wrong with a proof is not wrong with the token.
    throw thrown instanceof Refusal ? new Refusal('ERR_JWT_PROOF', `the proof: ${thrown.message}`) : thrown
  }
}

async function verify(text: string, expected: ProofExpectations): Promise<Proof> {
  const { method, targets, token, algorithms } = expected
  const { header, claims } = parseCompact(text, expected.maxBytes)
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt') throw wrong('`typ` is not dpop+jwt')
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw wrong('extensions are not supported')
  const algorithm = algorithms.find((one) => one === alg)
  if (algorithm === undefined) throw wrong('`alg` is not accepted')

  const { jti, iat, htm, htu, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '') throw wrong('no `jti`')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw wrong('no `iat`')
  if (htm !== method) throw wrong('`htm` is another method')
  const target = typeof htu === 'string' ? normaliseTarget(htu) : undefined
  if (target === undefined || !targets.includes(target)) throw wrong('`htu` is another address')
  if (token !== undefined && ath !== hash('sha256', token, 'base64url')) throw wrong('`ath` is of another token')

  checkOwnTimes(claims, expected)

  const judged = judgeJwk(jwk, [algorithm])
  if ('flaw' in judged) throw wrong(`\`jwk\` is ${judged.flaw}`)
  const key = judged.key.object
  if (!isWellSpelt(jwk, key)) throw wrong('`jwk` is another spelling of its key')
  if (!(await isSignedBy(text, key, algorithm))) throw wrong('the signature is not valid')
  return { jkt: thumbprintOf(key), jti, iat, nonce }
}

/** A proof need not say when it ends; where it does, it ends. */
function checkOwnTimes(claims: Readonly<Record<string, unknown>>, { now, leeway }: ProofExpectations): void {
  const seconds = Math.floor(now / 1000)
  if (seconds >= (timeClaim(claims, 'exp') ?? Infinity) + leeway) throw wrong('`exp` has passed')
  if ((timeClaim(claims, 'nbf') ?? 0) > seconds + leeway) throw wrong('`nbf` is in the future')
}

function wrong(why: string): Refusal {
  return new Refusal('ERR_JWT_PROOF', why)
}
