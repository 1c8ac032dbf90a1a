import type { KeyState } from './keys/source.ts'
import type { Issuers } from './issuers.ts'

/** How one issuer stands. */
export interface IssuerHealth {
  readonly issuer: string
  /** Absent where it is asked about every token. */
  readonly keys?: KeyState
  /** How many keys are known. */
  readonly count: number
  /** Whether it answers about tokens; absent where it is not asked. */
  readonly introspection?: 'ready' | 'unavailable'
}

/** Whether tokens can be checked. */
export interface JwtAuthHealth {
  /** True when the keys of every issuer are `ready` or `stale`, and who is asked about tokens answers. */
  readonly ready: boolean
  readonly issuers: readonly IssuerHealth[]
}

/** Asks every issuer's keys how they stand. */
export function healthOf(trusted: Issuers, now: number): JwtAuthHealth {
  const issuers = Array.from(trusted.values(), ({ issuer, keys, opaque }): IssuerHealth => ({
    issuer,
    ...(keys && { keys: keys.state(now) }),
    count: keys?.size ?? 0,
    ...(opaque && { introspection: opaque.state(now) }),
  }))
  return { ready: issuers.every(isReady), issuers }
}

function isReady({ keys = 'ready', introspection = 'ready' }: IssuerHealth): boolean {
  return (keys === 'ready' || keys === 'stale') && introspection === 'ready'
}
