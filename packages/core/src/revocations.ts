import type { Cancel } from './clock.ts'
import type { Principal } from './principal.ts'

/** What can be revoked. Times are in seconds since the Unix epoch, as in a token. */
export type Revocation =
  /** One token, by `jti`. `expiresAt`: when the token ends by itself. */
  | {
      readonly kind: 'token'
      readonly issuer: string
      readonly id: string
      readonly expiresAt: number
      readonly reason: string
    }
  /** Every credential of one session, by `sid`. `expiresAt`: when the last of them ends by itself. */
  | {
      readonly kind: 'session'
      readonly issuer: string
      readonly id: string
      readonly expiresAt: number
      readonly reason: string
    }
  /** Everything of an account that was issued before or in that second. */
  | {
      readonly kind: 'subject'
      readonly issuer: string
      readonly tenant?: string
      readonly subject: string
      readonly notAfter: number
      readonly expiresAt: number
      readonly reason: string
    }

/** Whether the list can be relied on: not loaded yet, current, or the store has not answered for too long. */
export type RevocationState = 'loading' | 'current' | 'stale'

/**
 * The one list of what no longer counts, replicated to every node.
 *
 * An entry outlives `expiresAt` by `REVOCATION_MARGIN`: whoever accepts credentials must grant no more leeway than that.
 */
export interface Revocations {
  readonly state: RevocationState
  /**
   * Whether `state` is `current` at a time that was just read from the environment's clock: for who asks on every request and has it at hand.
   * @param now milliseconds since the Unix epoch
   */
  isCurrent(now: number): boolean
  /** Grows by one with every change; lets a cache see that nothing has happened. */
  readonly version: number
  /**
   * Whatever was issued before or in this second is refused, of every principal: set when the store has lost its list. In seconds since
   * the Unix epoch.
   */
  readonly epoch: number | undefined
  /**
   * Settles when the list is current. Rejects with ERR_STORE_UNAVAILABLE (503) when it cannot be read, at once while a failed
   * attempt is less than its back-off ago.
   */
  ready(): Promise<void>
  /**
   * Records a revocation; durable as the store is, and in force on this node, when it settles. What has ended by itself is not recorded.
   * When the store cannot record it, or does not say so in time, the promise rejects; the revocation then is in force on this node, which
   * goes on trying to record it for the others as long as it lives. To ask once more does no harm.
   * @throws SecurityError ERR_OPTION (500), ERR_STORE_UNAVAILABLE (503), ERR_ENVIRONMENT_CLOSED (503)
   */
  revoke(revocation: Revocation): Promise<void>
  /**
   * The revocation that hits a principal, if any: of its token, its session, its account, or the account that acts for it. What
   * `epoch` refuses is answered as a revocation of the account. Looks at this node's replica only, whatever `state` is.
   */
  find(principal: Principal): Revocation | undefined
  /** Calls back after every change. */
  onChange(listener: () => void): Cancel
  /** Ends the timer and the subscription. What is known stays in force; `state` is `stale` from then on. */
  close(): void
}

/**
 * How long a revocation is kept beyond the end of what it revokes, in seconds: acceptance has leeway, and clocks differ.
 */
export const REVOCATION_MARGIN = 300
