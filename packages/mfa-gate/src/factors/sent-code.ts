import { randomInt, timingSafeEqual } from 'node:crypto'
import type { AccountId, Clock } from '@sallyport/core'
import { mfaError } from '../errors.ts'
import type { ActionToApprove, Authenticator, Begun, Factor, FactorContext } from '../factor.ts'
import { field } from '../fields.ts'

/** A code on its way to a person. */
export interface CodeToSend {
  readonly account: AccountId
  /** Where it goes: an e-mail address, a telephone number. */
  readonly to: string
  readonly code: string
  /** `setup`: the address is proved. `login`: a login or step-up. `approval`: one action, which is named. */
  readonly purpose: 'setup' | 'login' | 'approval'
  readonly action?: ActionToApprove
}

/** What kinds of sent codes differ in. */
export interface SentCodeOptions {
  readonly kind: string
  readonly amr: readonly string[]
  readonly most: number
  /** Whether an address is one. */
  readonly isAddress: (text: string) => boolean
  /** The address where the app has it, so that people need not, and cannot, say another. */
  readonly addressOf: ((account: AccountId) => string | undefined | Promise<string | undefined>) | undefined
  /** As much of the address as its owner needs to know it. */
  readonly mask: (address: string) => string
  readonly send: (code: CodeToSend, clock: Clock) => Promise<void>
}

interface SentState {
  readonly code: string
  readonly to: string
  /** To which of the account's it went. */
  readonly authenticator?: string
}

interface AddressData {
  readonly address: string
}

/** Six digits of which nobody knows the next (ASVS 6.5.3, 6.5.4). */
const DIGITS = 6

/** A factor whose codes are sent: drawn for one challenge, good once, gone with it (ASVS 6.6.2, 6.6.3). */
export function sentCodes(options: SentCodeOptions): Factor {
  const { kind, amr, most, isAddress, addressOf, mask, send } = options

  function begun(context: FactorContext, to: string, more: Partial<SentState>, purpose: CodeToSend['purpose']): Begun {
    const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0')
    const { account, action } = context
    const state: SentState = { code, to, ...more }
    return {
      state,
      shown: { sent_to: mask(to), ...(action && { text: action.text }) },
      send: () => send({ account, to, code, purpose, ...(action && { action }) }, context.environment.clock),
    }
  }

  return {
    kind,
    amr,
    most,
    sends: true,
    enrolment: {
      async begin(context, fields, present) {
        const to = addressOf === undefined ? field(fields, 'address', 320) : await addressOf(context.account)
        if (to === undefined || !isAddress(to)) throw mfaError('ERR_MFA_REQUEST')
        // The same address twice would count for nothing more.
        if (present.some(({ data }) => (data as AddressData).address === to)) throw mfaError('ERR_MFA_LIMIT')
        return begun(context, to, {}, 'setup')
      },
      confirm(_context, state, fields) {
        const { to } = state as SentState
        const data: AddressData = { address: to }
        return Promise.resolve(isRight(state, field(fields, 'code')) ? { data, name: mask(to) } : undefined)
      },
    },
    begin(context, authenticators, fields) {
      const wanted = field(fields, 'authenticator', 40)
      const chosen = (authenticators as readonly Authenticator<AddressData>[]).find(
        ({ id }) => wanted === undefined || id === wanted,
      )
      if (chosen === undefined) throw mfaError('ERR_MFA_FACTOR')
      const purpose = context.action === undefined ? 'login' : 'approval'
      return Promise.resolve(begun(context, chosen.data.address, { authenticator: chosen.id }, purpose))
    },
    verify(_context, { authenticators, fields, state }) {
      const { authenticator } = state as SentState
      const known = authenticators.some(({ id }) => id === authenticator)
      return Promise.resolve(
        known && isRight(state, field(fields, 'code')) ? { authenticator: authenticator! } : undefined,
      )
    },
    guessesInMillion: () => 10 ** (6 - DIGITS),
  }
}

function isRight(state: unknown, given: string | undefined): boolean {
  const { code } = state as SentState
  const plain = given?.replaceAll(/[\s-]/g, '') ?? ''
  return /^\d+$/.test(plain) && plain.length === code.length && timingSafeEqual(Buffer.from(plain), Buffer.from(code))
}
