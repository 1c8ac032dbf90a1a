import { accept, checkOptions, optionError, acceptNumber, type AccountId, type OptionRules } from '@sallyport/core'
import type { Factor } from '../factor.ts'
import { inTime } from '../in-time.ts'
import { sentCodes, type CodeToSend } from './sent-code.ts'

/** A transport of nodemailer: what is used of it. */
export interface MailTransport {
  sendMail(message: {
    readonly from: string
    readonly to: string
    readonly subject: string
    readonly text: string
    readonly html?: string
  }): Promise<unknown>
}

/** What a message says. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html?: string
}

/** Options of `emailCodes`. */
export interface EmailCodesOptions {
  /** `nodemailer.createTransport({ … })`. */
  readonly transport: MailTransport
  /** Who it is from, such as `Shop <login@shop.example.com>`. */
  readonly from: string
  /** Says what the message is; it must name the action of an approval. @default in English */
  readonly message?: (code: CodeToSend) => MailText
  /** The account's address, where the app knows it and people are not to name another. @default the field `address` */
  readonly addressOf?: (account: AccountId) => string | undefined | Promise<string | undefined>
  /** Most addresses of one account. @default 3 */
  readonly most?: number
  /** Time for the mail server to take it, in milliseconds. @default 10_000 */
  readonly timeout?: number
}

const rules: OptionRules<EmailCodesOptions> = {
  transport: {
    accepts: 'a transport of nodemailer',
    test: (v) => typeof (v as MailTransport | null)?.sendMail === 'function',
  },
  from: accept.string,
  message: accept.function,
  addressOf: accept.function,
  most: acceptNumber('addresses', 1, 10),
  timeout: acceptNumber('milliseconds', 100, 60_000),
}

/**
 * One-time codes by e-mail, through the app's own nodemailer. Whoever reads the mail has the factor: prefer any other where there is one
 * (ASVS 6.3.6).
 * @throws SecurityError ERR_OPTION
 */
export function emailCodes(options: EmailCodesOptions): Factor {
  checkOptions<EmailCodesOptions>('emailCodes', options, rules)
  for (const name of ['transport', 'from'] as const)
    if (options[name] === undefined) throw optionError('emailCodes', name, undefined, rules[name])
  const { transport, from, message = inEnglish, addressOf, most = 3, timeout = 10_000 } = options
  return sentCodes({
    kind: 'email',
    amr: [],
    most,
    addressOf,
    isAddress,
    mask: (address) => address.replace(/^(.).*(?=@)/u, '$1•••'),
    async send(code, clock) {
      await inTime(clock, timeout, () => transport.sendMail({ from, to: code.to, ...message(code) }))
    },
  })
}

/** One address and nothing that a mail library could take for more: no list, no name, no header of its own. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/iu.test(text)
}

function inEnglish({ code, purpose, action }: CodeToSend): MailText {
  const what = {
    setup: 'Your code to set up this address is',
    login: 'Your code to log in is',
    approval: `Your code to approve “${action?.text ?? ''}” is`,
  }[purpose]
  const text = `${what}\n\n    ${code}\n\nIt is good once, for a few minutes. Nobody will ever ask you for it.\nIf you did not ask for it, somebody else knows your password: change it.\n`
  return { subject: purpose === 'approval' ? 'Approve an action' : 'Your code', text }
}
