import type { AccountId, Change, Exchange } from '@sallyport/core'
import { storeUnavailable } from '@sallyport/core'
import { partitionOf } from './account.ts'
import type { FoundChallenge, Purpose } from './challenges.ts'
import { mfaError } from './errors.ts'
import type { ActionToApprove, Factor, FactorContext, Verified } from './factor.ts'
import type { Fields } from './fields.ts'
import { ATTEMPTS } from './record.ts'
import type { Settings } from './settings.ts'

/** A proof that somebody presents. */
export interface PresentedProof {
  readonly exchange: Exchange
  readonly account: AccountId
  /** Names the login in which it is presented. */
  readonly login: string
  readonly method: string
  readonly fields: Fields
  readonly purpose: Exclude<Purpose, 'enrol'>
  readonly action?: ActionToApprove
  /** Whether it is an account that is known here already, so that it may use what is kept in reserve. */
  readonly known: boolean
}

/** A proof that was accepted. */
export interface AcceptedProof {
  readonly method: string
  readonly amr: readonly string[]
  readonly authenticator?: string
}

/**
 * Judges a proof and uses it up: its challenge and its code are gone in the same step in which it is accepted, so that of any number that
 * come at once one is accepted.
 * @returns nothing where somebody else's answer is still to come
 * @throws SecurityError ERR_MFA_FACTOR, ERR_MFA_CHALLENGE (400), ERR_MFA_REFUSED (403), ERR_MFA_THROTTLED (429), ERR_STORE_UNAVAILABLE (503)
 */
export async function verifyProof(settings: Settings, presented: PresentedProof): Promise<AcceptedProof | undefined> {
  const { environment } = settings
  const { exchange, method } = presented
  try {
    return await judged(settings, presented)
  } catch (thrown) {
    const { code } = thrown as { code?: unknown }
    if (code === 'ERR_MFA_REFUSED' || code === 'ERR_MFA_CHALLENGE')
      await environment.publish('mfa.refused', { method, code }, exchange)
    throw thrown
  }
}

async function judged(settings: Settings, presented: PresentedProof): Promise<AcceptedProof | undefined> {
  const { exchange, account, method, fields } = presented
  if (method === 'password') return verifiedPassword(settings, presented)
  const factor = settings.factorOf(method)
  const present = await settings.authenticators.list(account, method)
  // What there is to guess does not tell whether there is anything: an account without this factor costs as much.
  const cost = Math.max(present.length === 0 ? 1 : 0, factor.guessesInMillion(present))
  const challenge = challengeIn(factor, fields)
  const refund = await settings.budgets.pay({
    exchange,
    account,
    cost,
    known: presented.known,
    ...(challenge !== undefined && { challenge }),
  })
  const verified = await tryOften(settings, presented, factor, challenge)
  if (verified === 'refused') throw mfaError('ERR_MFA_REFUSED')
  await refund()
  if (verified === 'pending') return undefined
  const { authenticator, amr = [], left } = verified
  if (left !== undefined && left <= settings.fewCodes)
    await settings.environment.publish('mfa.recovery-low', { left }, exchange)
  return { method, authenticator, amr: [...factor.amr, ...amr] }
}

async function tryOften(
  settings: Settings,
  presented: PresentedProof,
  factor: Factor,
  challengeId: string | undefined,
): Promise<Verified | 'pending' | 'refused'> {
  const { environment, authenticators, challenges } = settings
  const { account, login, method, purpose, fields, action } = presented
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const challenge =
      challengeId === undefined ? undefined : await challenges.find(account, challengeId, { purpose, login })
    if (challengeId !== undefined && !fits(challenge, method, action)) throw mfaError('ERR_MFA_CHALLENGE')
    const present = await authenticators.list(account, method)
    const context = settings.contextOf(account, action)
    const verified = await factor.verify(context, { fields, authenticators: present, state: challenge?.state })
    if (verified === undefined) return 'refused'
    if ('pending' in verified) return 'pending'
    const used = present.find(({ id }) => id === verified.authenticator)
    if (used === undefined) throw new TypeError(`The factor ${method} has verified an authenticator that is not there`)
    const next = { usedAt: environment.clock.now(), ...('data' in verified && { data: verified.data }) }
    const changes: Change[] = [await authenticators.replacing(account, used, next)]
    if (challenge !== undefined) changes.push(challenges.consuming(challenge))
    if ((await environment.store.commit(partitionOf(account), changes)).ok) return verified
    // Somebody was faster: with the same code it is used up now, and what is read again says so.
  }
  throw storeUnavailable('Too many use the same authenticator at once')
}

/** The challenge that is answered. @throws SecurityError ERR_MFA_CHALLENGE (400) */
function challengeIn(factor: Factor, fields: Fields): string | undefined {
  if (factor.begin === undefined) return undefined
  const { challenge } = fields
  if (typeof challenge !== 'string' || !/^[\w-]{20}$/.test(challenge)) throw mfaError('ERR_MFA_CHALLENGE')
  return challenge
}

function fits(challenge: FoundChallenge | undefined, method: string, action: FactorContext['action']): boolean {
  return challenge !== undefined && challenge.kind === method && challenge.action?.hash === action?.hash
}

async function verifiedPassword(settings: Settings, presented: PresentedProof): Promise<AcceptedProof> {
  const { exchange, account, fields } = presented
  await settings.demandPassword(exchange, account, fields)
  return { method: 'password', amr: ['pwd'] }
}
