import { exchangeOf, type Principal } from '@sallyport/core'
import { accountOf } from './account.ts'
import type { FirstFactor } from './login-tickets.ts'
import type { Settings } from './settings.ts'

/** What the app does after the first factor. */
export type BegunLogin =
  /** Log in: this account has no second factor, or its browser is trusted. */
  | { readonly next: 'complete' }
  /** Log in, and have the user set one up: the rules demand it, and `enforce()` lets nothing else through. */
  | { readonly next: 'enrol' }
  /** Do not log in yet: hand this ticket to the client, which presents it to the route `login-mfa` with one of the methods. */
  | { readonly next: 'verify'; readonly ticket: string; readonly methods: readonly string[] }

/** Says what comes after the first factor. */
export async function beginLogin(settings: Settings, first: FirstFactor, seen?: object): Promise<BegunLogin> {
  const { authenticators, devices, rollout, resets, tickets } = settings
  const { data, issuer = 'local', roles = [], amr = [], ...rest } = first
  const principal: Principal = { ...rest, issuer, roles, amr, credential: { kind: 'mfa-ticket', ambient: false } }
  const account = accountOf(principal)
  const methods = [...(await authenticators.kinds(account))]
  if (methods.length > 0) {
    const exchange = seen && exchangeOf(seen)
    if (exchange && (await devices.trusts(exchange, account))) return { next: 'complete' }
    return { next: 'verify', ticket: await tickets.add(principal, data), methods }
  }
  if (await resets.isReset(account)) return { next: 'enrol' }
  return { next: (await rollout.look(principal)).is === 'required' ? 'enrol' : 'complete' }
}
