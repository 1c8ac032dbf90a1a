import type { AccountId } from '@sallyport/core'
import { accountOf } from './account.ts'
import type { Settings } from './settings.ts'

/** An account of the app's, as a report needs it. */
export interface AccountToReport extends AccountId {
  /** @default [] */
  readonly roles?: readonly string[]
}

/** An account that must have a second factor and has none. */
export interface NotEnrolled {
  readonly account: AccountId
  /** Whether it may still put it off. */
  readonly inGrace: boolean
  /** Whether the rule only reports. */
  readonly reportOnly: boolean
}

/** Of accounts that the app lists, those that must have a second factor and have none. Nothing begins or is counted by it. */
export async function* notEnrolled(
  { authenticators, rollout }: Settings,
  accounts: Iterable<AccountToReport> | AsyncIterable<AccountToReport>,
): AsyncGenerator<NotEnrolled> {
  for await (const given of accounts) {
    const account = accountOf(given)
    const { is, reportOnly } = await rollout.look({ ...account, roles: given.roles ?? [] })
    if (is === 'free' || (await authenticators.kinds(account)).size > 0) continue
    yield { account, inGrace: is === 'grace', reportOnly }
  }
}
