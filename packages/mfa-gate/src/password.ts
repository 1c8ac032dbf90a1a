import type { AccountId, Exchange } from '@sallyport/core'
import type { Budgets } from './budgets/budgets.ts'
import { mfaError } from './errors.ts'
import { requiredField, type Fields } from './fields.ts'

/**
 * Says whether a password is the account's. Compare in constant time and by a slow hash, as at login.
 * @param seen what handlers see: Express's `req`, Koa's `ctx`
 */
export type PasswordVerifier = (account: AccountId, password: string, seen: object) => boolean | Promise<boolean>

/** Passwords may be long, and no longer than what a hash should be fed. */
const LONGEST = 1024

/**
 * Demands the account's password among the fields.
 * @throws SecurityError ERR_MFA_REQUEST (400), ERR_MFA_REFUSED (403), ERR_MFA_THROTTLED (429), ERR_MFA_FACTOR (400) where the app has not said
 *   how to verify one
 */
export async function demandPassword(
  verify: PasswordVerifier | undefined,
  budgets: Budgets,
  { exchange, account, fields }: { readonly exchange: Exchange; readonly account: AccountId; readonly fields: Fields },
): Promise<void> {
  if (verify === undefined) throw mfaError('ERR_MFA_FACTOR')
  const password = requiredField(fields, 'password', LONGEST)
  const refund = await budgets.password(exchange, account)
  // Nothing but `true` is yes: a verifier that forgets to answer lets nobody in.
  const verdict: unknown = await verify(account, password, exchange.host.seen)
  if (verdict !== true) throw mfaError('ERR_MFA_REFUSED')
  await refund()
}
