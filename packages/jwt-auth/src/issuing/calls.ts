import { accept, checkOptions, optionError, type OptionRule, type OptionRules } from '@sallyport/core'
import type { IssuerAccount } from './account.ts'
import type { RevokeOptions } from './revocation.ts'

const reason: OptionRule = {
  accepts: 'a text of at most 1024 characters',
  test: (v) => typeof v === 'string' && v.length <= 1024,
}
const revoking: OptionRules<RevokeOptions> = { reason, client: accept.string }
const session: OptionRules<{ sid: string; reason: string }> = { sid: accept.string, reason }
const ending: OptionRules<{ reason: string }> = { reason }
const account: OptionRules<IssuerAccount> = { subject: accept.string, tenant: accept.string }

// What is wrong in a call must be refused before half of it is done.

/** @throws SecurityError ERR_OPTION */
export function checkRevoke(options: RevokeOptions): void {
  check('issuer.revoke', options, revoking, 'reason')
}

/** @throws SecurityError ERR_OPTION */
export function checkServiceRevoke(options: { readonly reason: string }): void {
  check('serviceToken.revoke', options, ending, 'reason')
}

/** @throws SecurityError ERR_OPTION */
export function checkEndSession(of: IssuerAccount, options: { readonly sid: string; readonly reason: string }): void {
  checkAccount('issuer.endSession', of)
  check('issuer.endSession', options, session, 'sid', 'reason')
}

/** @throws SecurityError ERR_OPTION */
export function checkEndAccount(of: IssuerAccount, options: { readonly reason: string }): void {
  checkAccount('issuer.endAccount', of)
  check('issuer.endAccount', options, ending, 'reason')
}

/** @throws SecurityError ERR_OPTION */
export function checkAccount(method: string, of: IssuerAccount): void {
  check(method, of, account, 'subject')
}

function check<Options extends object>(
  method: string,
  given: Options,
  rules: OptionRules<Options>,
  ...required: readonly (keyof Options & string)[]
): void {
  checkOptions<Options>(method, given, rules)
  for (const name of required) if (given[name] === undefined) throw optionError(method, name, undefined, rules[name])
}
