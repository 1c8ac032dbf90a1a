import { accept, acceptNumber, checkOptions, optionError, type AccountId, type OptionRules } from '@sallyport/core'
import type { ActionToApprove } from '../factor.ts'

/** A push on its way to a phone. It holds nothing that would approve anything: that takes the phone's key, and the number on the screen. */
export interface PushToSend {
  readonly account: AccountId
  /** Where the phone is reached, as it said when it was set up: a token of its push service. */
  readonly address: string
  /** The challenge, by the name that the phone answers to. */
  readonly challenge: string
  readonly action?: ActionToApprove
  /** Opens the page on which to answer. */
  readonly url: string
}

/** Sends a push, by whichever service: rejects where it was not taken. */
export type PushSender = (push: PushToSend) => Promise<unknown>

/** Options of `pushApproval`. */
export interface PushApprovalOptions {
  readonly send: PushSender
  /** Address of the page on which phones are set up and answer: the route `mfa/push` as the world sees it, or the app's own. */
  readonly page: string
  /** Most phones of one account. @default 3 */
  readonly most?: number
  /** Time for the push service to take it, in milliseconds. @default 10_000 */
  readonly timeout?: number
}

const rules: OptionRules<PushApprovalOptions> = {
  send: accept.function,
  page: {
    accepts: "the address of a page, such as 'https://shop.example.com/mfa/push'",
    test: (v) =>
      typeof v === 'string' && /^(?:https:\/\/|http:\/\/localhost[:/])/.test(v) && URL.canParse(v) && !v.includes('#'),
  },
  most: acceptNumber('phones', 1, 10),
  timeout: acceptNumber('milliseconds', 100, 60_000),
}

/** @throws SecurityError ERR_OPTION */
export function checkPushOptions(options: PushApprovalOptions): void {
  checkOptions<PushApprovalOptions>('pushApproval', options, rules)
  for (const name of ['send', 'page'] as const)
    if (options[name] === undefined) throw optionError('pushApproval', name, undefined, rules[name])
}
