import type { Revocations } from '@sallyport/core'
import type { Binding } from './binding.ts'
import type { JwtClaims } from './claims.ts'
import type { ClaimsObject } from './claims-schema.ts'
import { Refusal } from './errors.ts'
import { inCookie, type Carrier, type JwtPrincipal } from './principal.ts'

/** Something that can go: a key that leaves its key set, an issuer that is removed. */
interface Living {
  readonly live: boolean
}

/** What a verified token rests on. */
export interface Grounds {
  readonly principal: JwtPrincipal<ClaimsObject>
  readonly claims: Pick<JwtClaims, 'exp' | 'nbf' | 'iat'>
  readonly trusted: Living
  readonly key: Living
  /** Where the key, or the answer, comes from: how long that counts. */
  readonly source: { holds(now: number): boolean }
  readonly binding: Binding | undefined
  readonly leeway: number
}

/** A token whose signature and claims were checked, and what must still be true when it is seen again. */
export class VerifiedToken {
  readonly #principal: JwtPrincipal<ClaimsObject>
  readonly #trusted: Living
  readonly #key: Living
  readonly #source: Grounds['source']
  /** What must be proved each time. */
  readonly binding: Binding | undefined
  /** In whole seconds since the Unix epoch, as they were checked when the token was new. */
  readonly #startsAt: number
  readonly #endsAt: number
  #cookiePrincipal: JwtPrincipal<ClaimsObject> | undefined
  /** The state of the list of revocations in which the token was last found to be good. */
  #clearedAt: number | undefined

  constructor({ principal, claims, trusted, key, source, binding, leeway }: Grounds) {
    const { exp, nbf = 0, iat = 0 } = claims
    this.#principal = principal
    this.#trusted = trusted
    this.#key = key
    this.#source = source
    this.binding = binding
    this.#startsAt = Math.ceil(Math.max(nbf, iat) - leeway)
    this.#endsAt = Math.ceil(exp + leeway)
  }

  /** Whether the issuer is still trusted, the key still in its key set, and the key set, or the issuer's answer, still counts. */
  holds(now: number): boolean {
    return this.#key.live && this.#trusted.live && this.#source.holds(now)
  }

  /** @throws Refusal ERR_JWT_EXPIRED, ERR_JWT_NOT_YET_VALID */
  demandTime(now: number): void {
    const seconds = Math.floor(now / 1000)
    if (seconds >= this.#endsAt) throw new Refusal('ERR_JWT_EXPIRED', 'a token that was good has expired')
    if (seconds < this.#startsAt) throw new Refusal('ERR_JWT_NOT_YET_VALID', 'the clock was set back')
  }

  principal(carrier: Carrier): JwtPrincipal<ClaimsObject> {
    if (carrier !== 'cookie') return this.#principal
    return (this.#cookiePrincipal ??= inCookie(this.#principal))
  }

  /** Whether nothing was revoked since the token was found to be good. */
  isCleared(revocations: Revocations, now: number): boolean {
    return revocations.version === this.#clearedAt && revocations.isCurrent(now)
  }

  /** Remembers that it is not revoked, in a given state of the list. */
  clear(version: number): void {
    this.#clearedAt = version
  }
}
