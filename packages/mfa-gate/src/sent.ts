import { SecurityError, type AccountId } from '@sallyport/core'
import { challengeName } from './challenges.ts'
import { mfaError } from './errors.ts'
import type { Begun } from './factor.ts'

/** Sends what a factor sends. @throws SecurityError ERR_MFA_DELIVERY (503) */
export async function sent(send: Begun['send'], account: AccountId, id: string): Promise<void> {
  try {
    await send?.(challengeName(account, id))
  } catch (thrown) {
    if (SecurityError.is(thrown)) throw thrown
    // What a mail server says may name the address.
    throw mfaError('ERR_MFA_DELIVERY')
  }
}
