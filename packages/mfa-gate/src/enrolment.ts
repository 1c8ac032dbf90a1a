import { storeUnavailable, type AccountId, type Change, type Exchange } from '@sallyport/core'
import { accountOf, partitionOf } from './account.ts'
import { delivered } from './delivery.ts'
import type { FoundAuthenticator } from './authenticators.ts'
import { mfaError } from './errors.ts'
import type { Enrolled, Factor } from './factor.ts'
import type { Fields } from './fields.ts'
import { ATTEMPTS } from './record.ts'
import type { Settings } from './settings.ts'

/** What the client is told of an enrolment that waits for an answer, or is done. */
export type EnrolmentStep = Readonly<Record<string, unknown>> &
  ({ readonly enrolment: string } | { readonly authenticator: string })

/** For whom something is set up. */
export interface EnrolmentRequest {
  readonly exchange?: Exchange
  readonly account: AccountId
  /** Names the login in which it is set up. */
  readonly login: string
  readonly fields: Fields
  /** The ticket of a reset. */
  readonly ticket: string | undefined
}

/** Sets up authenticators. Whether that is allowed was decided before. */
export class Enrolments {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** @throws SecurityError ERR_MFA_FACTOR (400), ERR_MFA_LIMIT (409), ERR_MFA_TICKET (403) */
  async begin(kind: string, request: EnrolmentRequest): Promise<EnrolmentStep> {
    const { challenges, challengeLifetime, contextOf, authenticators, resets, budgets } = this.#settings
    const factor = this.#enrollable(kind)
    const account = accountOf(request.account)
    await resets.redeeming(account, request.ticket)
    const present = await authenticators.list(account, kind)
    demandRoom(factor, present.length)
    if (factor.sends && request.exchange) await budgets.send(request.exchange, account)
    const begun = await factor.enrolment.begin(contextOf(account), request.fields, present)
    if ('enrolled' in begun) return this.#add(factor, request, begun.enrolled, [])
    const challenge = { kind, purpose: 'enrol' as const, login: request.login, state: begun.state }
    const enrolment = await challenges.add(account, challenge, challengeLifetime)
    return { ...(await delivered(begun, account, enrolment)), enrolment }
  }

  /** @throws SecurityError ERR_MFA_CHALLENGE (400), ERR_MFA_REFUSED (403), ERR_MFA_LIMIT (409), ERR_MFA_TICKET (403) */
  async confirm(id: string, request: EnrolmentRequest): Promise<EnrolmentStep> {
    const { challenges, contextOf, budgets } = this.#settings
    const { exchange, login, fields } = request
    const account = accountOf(request.account)
    const challenge = await challenges.find(account, id, { purpose: 'enrol', login })
    if (challenge === undefined) throw mfaError('ERR_MFA_CHALLENGE')
    const factor = this.#enrollable(challenge.kind)
    // Whoever sets something up has its secret; only the number of answers is bounded.
    const refund = exchange && (await budgets.pay({ exchange, account, challenge: id, cost: 0, known: true }))
    const enrolled = await factor.enrolment.confirm?.(contextOf(account), challenge.state, fields)
    if (enrolled === undefined) throw mfaError('ERR_MFA_REFUSED')
    await refund?.()
    if ('pending' in enrolled) return { enrolment: id, pending: true }
    return this.#add(factor, request, enrolled, [challenges.consuming(challenge)])
  }

  /** Takes over what another system has. @throws SecurityError ERR_MFA_FACTOR (400), ERR_MFA_LIMIT (409), ERR_OPTION (500) */
  async import(kind: string, given: AccountId, secret: unknown, name: string | undefined): Promise<string> {
    const factor = this.#enrollable(kind)
    const account = accountOf(given)
    if (factor.enrolment.import === undefined) throw mfaError('ERR_MFA_FACTOR')
    const enrolled = factor.enrolment.import(this.#settings.contextOf(account), secret)
    const request = { account, login: '', fields: {}, ticket: undefined }
    const named = name === undefined ? enrolled : { ...enrolled, name }
    return (await this.#add(factor, request, named, [], true)).authenticator as string
  }

  async #add(
    factor: Factor,
    request: EnrolmentRequest,
    enrolled: Enrolled,
    more: readonly Change[],
    imported = false,
  ): Promise<EnrolmentStep> {
    const { environment, authenticators, resets, memory } = this.#settings
    const account = accountOf(request.account)
    const { kind } = factor
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = await authenticators.list(account, kind)
      demandRoom(factor, present.length)
      const redeeming = imported ? [] : await resets.redeeming(account, request.ticket)
      const { id, change } = await authenticators.adding(account, kind, enrolled, environment.clock.now())
      const replaced = factor.replaces ? present.map((one) => authenticators.removing(one)) : []
      if ((await environment.store.commit(partitionOf(account), [change, ...replaced, ...redeeming, ...more])).ok) {
        memory.clear()
        await this.#told(request, { kind, id, imported }, redeeming.length > 0, replaced.length > 0 ? present : [])
        return { ...enrolled.shown, authenticator: id }
      }
      // The challenge is used up where somebody was faster with it; otherwise it was something else of the account that changed.
      const [consuming] = more
      if (consuming !== undefined && !(await this.#isThere(account, consuming))) throw mfaError('ERR_MFA_CHALLENGE')
    }
    throw storeUnavailable('Too many set up something for the same account at once')
  }

  async #isThere(account: AccountId, consuming: Change): Promise<boolean> {
    const id = 'delete' in consuming ? consuming.delete : consuming.put
    return (await this.#settings.environment.store.get({ partition: partitionOf(account), id })) !== undefined
  }

  async #told(
    { account, exchange }: EnrolmentRequest,
    { kind, id, imported }: { readonly kind: string; readonly id: string; readonly imported: boolean },
    redeemed: boolean,
    replaced: readonly FoundAuthenticator[],
  ): Promise<void> {
    const { environment } = this.#settings
    const of = accountOf(account)
    for (const one of replaced)
      await environment.publish('mfa.removed', { method: kind, authenticator: one.id, account: of }, exchange)
    await environment.publish('mfa.enrolled', { method: kind, authenticator: id, account: of, imported }, exchange)
    if (redeemed) await environment.publish('mfa.reset', { action: 're-enrolled', account: of }, exchange)
  }

  #enrollable(kind: string): Factor & { readonly enrolment: NonNullable<Factor['enrolment']> } {
    const factor = this.#settings.factorOf(kind)
    if (factor.enrolment === undefined) throw mfaError('ERR_MFA_FACTOR')
    return factor as Factor & { readonly enrolment: NonNullable<Factor['enrolment']> }
  }
}

function demandRoom({ most, replaces }: Factor, present: number): void {
  if (replaces !== true && present >= most) throw mfaError('ERR_MFA_LIMIT')
}
