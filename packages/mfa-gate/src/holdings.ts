import { sameAccount, type AccountId, type Exchange, type Principal } from '@sallyport/core'
import { accountOf, partitionOf } from './account.ts'
import { mfaError } from './errors.ts'
import type { Settings } from './settings.ts'

/** What an account has set up, as it may be shown. Times are in milliseconds since the Unix epoch. */
export interface ListedAuthenticator {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly createdAt: number
  readonly usedAt?: number
}

/** What an account has: listed, named, taken away. */
export class Holdings {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async list(account: AccountId): Promise<readonly ListedAuthenticator[]> {
    const found = await this.#settings.authenticators.list(accountOf(account))
    return found.map(({ id, kind, name, createdAt, usedAt }) => ({
      id,
      kind,
      name,
      createdAt,
      ...(usedAt !== undefined && { usedAt }),
    }))
  }

  /** @throws SecurityError ERR_MFA_NOT_FOUND (404) */
  async rename(given: AccountId, id: string, name: string): Promise<void> {
    const account = accountOf(given)
    const { authenticators, environment } = this.#settings
    for (;;) {
      const found = await this.#find(account, id)
      const change = await authenticators.replacing(account, found, { name })
      if ((await environment.store.commit(partitionOf(account), [change])).ok) return
    }
  }

  /** @throws SecurityError ERR_MFA_NOT_FOUND (404), ERR_MFA_LAST_FACTOR (409) for the last one of an account that must have one */
  async remove(
    given: AccountId,
    id: string,
    by?: { readonly exchange: Exchange; readonly principal: Principal },
  ): Promise<void> {
    const account = accountOf(given)
    const { authenticators, environment, memory, devices, rollout } = this.#settings
    for (;;) {
      const found = await this.#find(account, id)
      const others = (await authenticators.kinds(account)).size > 1 || (await this.#more(account, found.kind))
      const bound = by !== undefined && sameAccount(by.principal, account) && rollout.demands(by.principal)
      if (!others && bound) throw mfaError('ERR_MFA_LAST_FACTOR')
      if (!(await environment.store.commit(partitionOf(account), [authenticators.removing(found)])).ok) continue
      // Nothing is waived for an account that has nothing to waive; what was trusted for the old factor is not for a new one.
      if (!others) await devices.revokeAll(account, by?.exchange)
      memory.clear()
      return environment.publish('mfa.removed', { method: found.kind, authenticator: id, account }, by?.exchange)
    }
  }

  async #more(account: AccountId, kind: string): Promise<boolean> {
    return (await this.#settings.authenticators.list(account, kind)).length > 1
  }

  async #find(account: AccountId, id: string) {
    const found = (await this.#settings.authenticators.list(account)).find((one) => one.id === id)
    if (found === undefined) throw mfaError('ERR_MFA_NOT_FOUND')
    return found
  }
}
