import type { Exchange } from '@sallyport/core'
import { Refusal } from './errors.ts'
import type { VerificationKey } from './keys/key.ts'
import type { KeySource } from './keys/source.ts'
import { inCookie, type Carrier, type JwtPrincipal } from './principal.ts'

/** What a verified token rests on. */
export interface Grounds {
  readonly principal: JwtPrincipal
  readonly key: VerificationKey
  readonly source: KeySource
  readonly leeway: number
}

/** A token whose signature and claims were checked, and what must still be true when it is seen again. */
export class VerifiedToken {
  readonly #grounds: Grounds
  readonly #startsAt: number
  readonly #endsAt: number
  #cookiePrincipal: JwtPrincipal | undefined
  /** The state of the list of revocations in which the token was last found to be good. */
  #clearedAt: number | undefined

  constructor(grounds: Grounds) {
    const { principal, leeway } = grounds
    const { exp, nbf = 0, iat = 0 } = principal.claims
    this.#grounds = grounds
    // In whole seconds, as they were checked when the token was new.
    this.#startsAt = Math.ceil(Math.max(nbf, iat) - leeway) * 1000
    this.#endsAt = Math.ceil(exp + leeway) * 1000
  }

  /** Whether the key is still in its key set, and the key set still counts. */
  keyHolds(now: number): boolean {
    return this.#grounds.key.live && this.#grounds.source.holds(now)
  }

  /** @throws Refusal ERR_JWT_EXPIRED, ERR_JWT_NOT_YET_VALID */
  demandTime(now: number): void {
    if (now >= this.#endsAt) throw new Refusal('ERR_JWT_EXPIRED', 'a token that was good has expired')
    if (now < this.#startsAt) throw new Refusal('ERR_JWT_NOT_YET_VALID', 'the clock was set back')
  }

  principal(carrier: Carrier): JwtPrincipal {
    const { principal } = this.#grounds
    return carrier === 'bearer' ? principal : (this.#cookiePrincipal ??= inCookie(principal))
  }

  /** Whether nothing was revoked since the token was found to be good. */
  isCleared({ environment: { revocations } }: Exchange): boolean {
    return revocations.state === 'current' && revocations.version === this.#clearedAt
  }

  /** Remembers that it is not revoked, in a given state of the list. */
  clear(version: number): void {
    this.#clearedAt = version
  }
}
