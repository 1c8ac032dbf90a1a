import { SecurityError, type AccountId } from '@sallyport/core'
import { challengeName } from './challenges.ts'
import { mfaError } from './errors.ts'
import type { Begun } from './factor.ts'

/**
 * Sends what a factor sends, and says what the client is told.
 * @throws SecurityError ERR_MFA_DELIVERY (503)
 */
export async function delivered(
  { send, shown }: Begun,
  account: AccountId,
  id: string,
): Promise<Readonly<Record<string, unknown>>> {
  const name = challengeName(account, id)
  try {
    await send?.(name)
  } catch (thrown) {
    if (SecurityError.is(thrown)) throw thrown
    // What a mail server says may name the address.
    throw mfaError('ERR_MFA_DELIVERY')
  }
  return typeof shown === 'function' ? shown(name) : shown
}
