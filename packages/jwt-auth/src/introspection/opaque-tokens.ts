import type { Environment } from '@sallyport/core'
import { acceptClaims, type AcceptRules } from '../accept-claims.ts'
import { Refusal } from '../errors.ts'
import { TokenCache } from '../token-cache.ts'
import { markOf } from '../token-mark.ts'
import type { TrustedIssuer } from '../trusted-issuer.ts'
import type { VerifiedToken } from '../verified.ts'
import { claimsOfAnswer } from './answer.ts'
import { Introspector } from './introspector.ts'
import type { IntrospectionSettings } from './options.ts'

/** How many tokens are remembered as not active. */
const MOST_NEGATIVES = 10_000

/** What a token in an Authorization header can be made of (RFC 6750, section 2.1). */
const b64token = /^[\w.~+/-]+=*$/u

/** Verifies tokens that only their issuer can read. */
export class OpaqueTokens {
  readonly #settings: IntrospectionSettings
  readonly #environment: Environment
  readonly #introspector: Introspector
  /** What is under way, by token: whoever asks for the same waits for the same answer. */
  readonly #underWay = new Map<string, Promise<VerifiedToken>>()
  /** Until when tokens count as not active, in milliseconds since the Unix epoch. */
  readonly #negatives = new TokenCache<number>(MOST_NEGATIVES)

  constructor(issuer: string, settings: IntrospectionSettings, environment: Environment) {
    this.#settings = settings
    this.#environment = environment
    this.#introspector = new Introspector(issuer, settings, environment)
  }

  state(now: number): 'ready' | 'unavailable' {
    return this.#introspector.state(now)
  }

  close(): void {
    this.#introspector.close()
  }

  /**
   * Has a token looked up.
   * @throws Refusal
   */
  verify(token: string, trusted: TrustedIssuer, rules: AcceptRules): Promise<VerifiedToken> {
    if (token.length > rules.maxTokenBytes) throw new Refusal('ERR_JWT_MALFORMED', 'too large')
    if (!b64token.test(token)) throw new Refusal('ERR_JWT_MALFORMED', 'not a token')
    const inactiveUntil = this.#negatives.get(markOf(token))
    if (inactiveUntil !== undefined && this.#now() < inactiveUntil) throw inactive()
    const present = this.#underWay.get(token)
    if (present) return present
    const asked = this.#lookUp(token, trusted, rules).finally(() => this.#underWay.delete(token))
    this.#underWay.set(token, asked)
    return asked
  }

  async #lookUp(token: string, trusted: TrustedIssuer, rules: AcceptRules): Promise<VerifiedToken> {
    const began = this.#now()
    const answer = await this.#introspector.ask(token)
    const { maxAge, negativeMaxAge } = this.#settings
    if (!answer) {
      this.#negatives.set(markOf(token), began + negativeMaxAge * 1000)
      throw inactive()
    }
    const claims = claimsOfAnswer(answer, token, trusted, this.#settings)
    // What was true when the question was asked need not be any more when the answer comes.
    const until = began + maxAge * 1000
    const source = { holds: (now: number): boolean => now < until && now >= began }
    return acceptClaims(claims, { trusted, type: 'jwt', key: { live: true }, source }, rules, this.#now())
  }

  #now(): number {
    return this.#environment.clock.now()
  }
}

function inactive(): Refusal {
  return new Refusal('ERR_JWT_INACTIVE', 'the issuer says that the token is not active')
}
