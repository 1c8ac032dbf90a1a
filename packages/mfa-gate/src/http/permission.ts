import type { Answer, Exchange } from '@sallyport/core'
import { accountOf } from '../account.ts'
import { allUsed } from '../demand.ts'
import type { Fields } from '../fields.ts'
import type { LoginState } from '../login-state.ts'
import { refuse } from '../refusal.ts'
import type { Settings } from '../settings.ts'

/**
 * Demands what it takes to change an account's factors: a second factor of a moment ago where the account has one, the password where it
 * has none, so that a stolen session cannot set up a factor of the thief's (ASVS 7.5.1).
 * @param password whether the password will do also where there is a second factor
 * @returns nothing where the change may go on
 */
export async function demandChange(
  settings: Settings,
  { exchange, state, fields }: { readonly exchange: Exchange; readonly state: LoginState; readonly fields: Fields },
  password: boolean,
): Promise<Answer | undefined> {
  const { authenticators, anySecond, changeMaxAge, hasPassword, resets } = settings
  const account = accountOf(state.principal)
  const hasSecond = (await authenticators.kinds(account)).size > 0
  if (hasSecond && anySecond.holds(state, changeMaxAge)) return undefined
  const given = hasPassword && fields['password'] !== undefined
  if (given && (password || !hasSecond)) {
    await settings.demandPassword(exchange, account, fields)
    return undefined
  }
  if (!hasSecond) {
    // The ticket that is demanded then says more.
    if (!hasPassword || allUsed(['password'], state, changeMaxAge) || (await resets.isReset(account))) return undefined
  }
  return refuse(settings, exchange, 'step-up', {
    acr: hasSecond ? anySecond.acrValues : undefined,
    maxAge: changeMaxAge,
  })
}
