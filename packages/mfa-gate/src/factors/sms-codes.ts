import { accept, acceptNumber, checkOptions, optionError, type AccountId, type OptionRules } from '@sallyport/core'
import type { Factor } from '../factor.ts'
import { inTime } from '../in-time.ts'
import { sentCodes, type CodeToSend } from './sent-code.ts'

/** Sends a text message: rejects where it was not taken. */
export type SmsSender = (message: {
  readonly to: string
  readonly text: string
  readonly signal: AbortSignal
}) => Promise<unknown>

/** Options of `smsCodes`. */
export interface SmsCodesOptions {
  /** Sends a message, by whichever provider. */
  readonly send: SmsSender
  /** The app's name, as it stands in messages. */
  readonly name: string
  /** Says what the message is; it must name the action of an approval. @default in English */
  readonly message?: (code: CodeToSend) => string
  /** The account's number, where the app knows it and people are not to name another. @default the field `address` */
  readonly addressOf?: (account: AccountId) => string | undefined | Promise<string | undefined>
  /** Most numbers of one account. @default 2 */
  readonly most?: number
  /** Time for the provider to take it, in milliseconds. @default 10_000 */
  readonly timeout?: number
}

const rules: OptionRules<SmsCodesOptions> = {
  send: accept.function,
  name: accept.string,
  message: accept.function,
  addressOf: accept.function,
  most: acceptNumber('numbers', 1, 10),
  timeout: acceptNumber('milliseconds', 100, 60_000),
}

/**
 * One-time codes by text message, through a provider of the app's. Numbers can be taken over and messages read on their way: offer another
 * factor beside it (ASVS 6.6.1).
 * @throws SecurityError ERR_OPTION
 */
export function smsCodes(options: SmsCodesOptions): Factor {
  checkOptions<SmsCodesOptions>('smsCodes', options, rules)
  for (const name of ['send', 'name'] as const)
    if (options[name] === undefined) throw optionError('smsCodes', name, undefined, rules[name])
  const { send, name, addressOf, most = 2, timeout = 10_000 } = options
  const {
    message = ({ code, action }) =>
      `${name}: ${code} ${action ? `approves “${action.text}”` : 'is your code'}. Tell it to nobody.`,
  } = options
  return sentCodes({
    kind: 'sms',
    amr: ['sms'],
    most,
    addressOf,
    // E.164.
    isAddress: (text) => /^\+[1-9]\d{6,14}$/.test(text),
    mask: (number) => `${number.slice(0, 3)}•••${number.slice(-2)}`,
    async send(code, clock) {
      const abort = new AbortController()
      try {
        await inTime(clock, timeout, () => send({ to: code.to, text: message(code), signal: abort.signal }))
      } finally {
        abort.abort()
      }
    },
  })
}
