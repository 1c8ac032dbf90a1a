import type { AccountId, Environment } from '@sallyport/core'
import { partitionOf } from '../account.ts'
import { throttled } from '../budgets/limiter.ts'

/** A phone that is being set up. */
export interface PhoneToEnrol {
  /** What the phone shows to be the one that has seen the QR code. */
  readonly code: string
  readonly phone?: PhoneData & { readonly name: string }
}

/** What is kept of a phone. */
export interface PhoneData {
  /** Its public key, as base64url of its SPKI. */
  readonly key: string
  readonly address: string
}

/** A push that waits for its answer. */
export interface PushState {
  /** Two digits that only who looks at the login's own screen can type. */
  readonly number: string
  readonly decision?: 'approved' | 'denied'
  /** The phone that has answered. */
  readonly authenticator?: string
}

/** How long no push is sent after one was denied, in milliseconds: whoever is not at the door need not be rung out of bed. */
const QUIET = 600_000
const DENIED = 'push.denied'

/** @throws SecurityError ERR_MFA_THROTTLED (429) */
export async function demandQuiet({ store }: Environment, account: AccountId): Promise<void> {
  if ((await store.get({ partition: partitionOf(account), id: DENIED })) !== undefined) throw throttled(QUIET)
}

/** Nobody is asked again for a while. */
export async function beQuiet({ store }: Environment, account: AccountId): Promise<void> {
  await store.commit(partitionOf(account), [{ put: DENIED, value: new Uint8Array([1]), ttl: QUIET }])
}
