import type { KeyState } from './keys/source.ts'
import type { TrustedIssuers } from './trusted-issuer.ts'

/** How the keys of one issuer stand. */
export interface IssuerHealth {
  readonly issuer: string
  readonly keys: KeyState
  /** How many keys are known. */
  readonly count: number
}

/** Whether tokens can be checked. */
export interface JwtAuthHealth {
  /** True when the keys of every issuer are `ready` or `stale`. */
  readonly ready: boolean
  readonly issuers: readonly IssuerHealth[]
}

/** Asks every issuer's keys how they stand. */
export function healthOf(trusted: TrustedIssuers, now: number): JwtAuthHealth {
  const issuers = [...trusted.values()].map(({ issuer, keys }): IssuerHealth => ({
    issuer,
    keys: keys.state(now),
    count: keys.size,
  }))
  return { ready: issuers.every(({ keys }) => keys === 'ready' || keys === 'stale'), issuers }
}
