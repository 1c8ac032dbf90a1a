import { hash } from 'node:crypto'
import { acceptNumber, coreError, storeUnavailable, type Environment, type OptionRule } from '@sallyport/core'
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'

/** Where the keys are by which somebody signs: the address of a key set, or the set itself. */
export type SignerKeys = string | JSONWebKeySet

export const keysRule: OptionRule = {
  accepts: "the address of a key set, such as 'https://id.example.com/jwks', or the set itself",
  test: (v) => (typeof v === 'string' ? isSafeUrl(v) : Array.isArray((v as JSONWebKeySet | null)?.keys)),
}

export const toleranceRule: OptionRule = acceptNumber('seconds', 0, 300)

/** Those that take a key pair: with a shared secret, or with none, anybody who checks could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** How old a token may be that says that something has just happened, in seconds. */
const OLDEST = 600
const TIMEOUT = 5000

/** What is demanded of a token. */
export interface Demands {
  readonly issuer: string
  readonly audience: string
  /** Value of the header `typ`, without `application/`. @default any */
  readonly typ?: string
  /** Seconds by which clocks may differ. */
  readonly tolerance: number
  readonly clock: Environment['clock']
}

/** A token that was refused, for a reason that its sender may know. */
export class RefusedToken extends Error {
  readonly why: 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience'
  constructor(why: RefusedToken['why']) {
    super(why)
    this.why = why
  }
}

/** Checks signatures by keys of one signer. */
export function verifierOf(keys: SignerKeys): (token: string, demands: Demands) => Promise<JWTPayload> {
  const set =
    typeof keys === 'string'
      ? createRemoteJWKSet(new URL(keys), { timeoutDuration: TIMEOUT, cooldownDuration: 30_000 })
      : createLocalJWKSet(keys)
  return async (token, { issuer, audience, typ, tolerance, clock }) => {
    try {
      const { payload } = await jwtVerify(token, set, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        ...(typ !== undefined && { typ }),
        clockTolerance: tolerance,
        maxTokenAge: OLDEST,
        requiredClaims: ['iat', 'jti', 'events'],
        currentDate: new Date(clock.now()),
      })
      return payload
    } catch (thrown) {
      throw refusalOf(thrown)
    }
  }
}

function refusalOf(thrown: unknown): Error {
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    if (thrown.claim === 'iss') return new RefusedToken('invalid_issuer')
    return new RefusedToken(thrown.claim === 'aud' ? 'invalid_audience' : 'invalid_request')
  }
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWSSignatureVerificationFailed)
    return new RefusedToken('invalid_key')
  // The keys cannot be had: that is no fault of the token, whose sender tries again.
  if (
    !(thrown instanceof errors.JOSEError) ||
    thrown instanceof errors.JWKSTimeout ||
    thrown.code === 'ERR_JOSE_GENERIC'
  )
    return storeUnavailable('The keys of a signer could not be had', thrown)
  return new RefusedToken('invalid_request')
}

/** Tokens that have been taken, so that each is taken once. */
export class TakenTokens {
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  async has(issuer: string, jti: string): Promise<boolean> {
    return (await this.#environment.store.get(placeOf(issuer, jti))) !== undefined
  }

  /** Called when what the token asks for has been done: one that fails half way may be sent again. */
  async add(issuer: string, jti: string): Promise<void> {
    const { partition, id } = placeOf(issuer, jti)
    await this.#environment.store.commit(partition, [{ put: id, value: new Uint8Array(), ttl: OLDEST * 2000 }])
  }
}

function placeOf(issuer: string, jti: string): { readonly partition: string; readonly id: string } {
  const id = hash('sha256', JSON.stringify([issuer, jti]), 'base64url')
  return { partition: `session-tracker.taken:${id.slice(0, 2)}`, id }
}

/** Whether something may be fetched from or sent to there: https, or http on this machine, and no user name or password in it. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
}

/** @throws SecurityError ERR_OPTION */
export function demandOption(factory: string, options: object, ...names: readonly string[]): void {
  for (const name of names) {
    if ((options as Record<string, unknown>)[name] === undefined) {
      throw coreError('ERR_OPTION', { message: `${factory}: option \`${name}\` is missing` })
    }
  }
}
