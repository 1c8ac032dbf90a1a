import type { AccountId, Exchange } from '@sallyport/core'
import { accountOf } from './account.ts'
import type { Purpose } from './challenges.ts'
import { mfaError } from './errors.ts'
import type { ActionToApprove } from './factor.ts'
import type { Fields } from './fields.ts'
import { delivered } from './delivery.ts'
import type { Settings } from './settings.ts'

/** A proof that is about to be presented. */
export interface ProofToBegin {
  readonly exchange: Exchange
  readonly account: AccountId
  /** Names the login in which it is begun. */
  readonly login: string
  readonly method: string
  readonly fields: Fields
  readonly purpose: Exclude<Purpose, 'enrol'>
  readonly action?: ActionToApprove
}

/**
 * Begins a proof that needs a challenge: asks a key, sends a code.
 * @returns what the client is told, with the challenge to answer
 * @throws SecurityError ERR_MFA_FACTOR (400), ERR_MFA_THROTTLED (429), ERR_MFA_DELIVERY (503)
 */
export async function beginProof(settings: Settings, begin: ProofToBegin): Promise<Readonly<Record<string, unknown>>> {
  const { exchange, login, method, fields, purpose, action } = begin
  const account = accountOf(begin.account)
  const factor = settings.factorOf(method)
  const present = await settings.authenticators.list(account, method)
  if (factor.begin === undefined || present.length === 0) throw mfaError('ERR_MFA_FACTOR')
  if (factor.sends) await settings.budgets.send(exchange, account)
  const begun = await factor.begin(settings.contextOf(account, action), present, fields)
  if (begun === undefined) throw mfaError('ERR_MFA_FACTOR')
  const challenge = { kind: method, purpose, login, state: begun.state, ...(action && { action }) }
  const id = await settings.challenges.add(account, challenge, settings.challengeLifetime)
  return { ...(await delivered(begun, account, id)), challenge: id, expires_in: settings.challengeLifetime }
}
