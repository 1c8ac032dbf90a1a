import { accept, checkOptions, optionError, type OptionRules, type Principal } from '@sallyport/core'
import type { Proof } from '../proof.ts'
import type { StepUpCarrier, StepUpResult } from './carrier.ts'

/** What a new token has to say. */
export interface TokenToIssue extends StepUpResult {
  /** Claims to put into it: the claim `mfa`, which says when each method was used. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Options of `inToken`. */
export interface InTokenOptions {
  /**
   * Issues a token for the account with the given `principal.amr`, `acr`, `authTime` and `claims`, and answers what the client is told, such
   * as `{ access_token }`.
   * @param seen what handlers see: Express's `req`, Koa's `ctx`
   */
  readonly issue: (token: TokenToIssue, seen: object) => Promise<Readonly<Record<string, unknown>>>
  /** The claim with the times of the methods. @default 'mfa' */
  readonly claim?: string
}

const rules: OptionRules<InTokenOptions> = { issue: accept.function, claim: accept.string }

/**
 * Keeps what was proved in a new access token, which the app issues. The old one is revoked where it has an id, so that what was proved is in
 * one token only.
 * @throws SecurityError ERR_OPTION
 */
export function inToken(options: InTokenOptions): StepUpCarrier {
  checkOptions<InTokenOptions>('inToken', options, rules)
  const { issue, claim = 'mfa' } = options
  if (issue === undefined) throw optionError('inToken', 'issue', issue, rules.issue)
  return {
    read(_exchange, login) {
      // A verified claim of the token itself: it needs no other binding.
      const kept = login.claims?.[claim]
      return typeof kept === 'object' && kept !== null ? proofIn(kept as Partial<Proof>, login) : undefined
    },
    async keep(exchange, result) {
      const { login, proof } = result
      // When the login's own methods were used is known now, and not from the new token's `auth_time`.
      const own = Object.fromEntries(login.amr.map((word) => [word, login.authTime ?? 0]))
      const methods = { ...own, ...proof.methods }
      const told = await issue({ ...result, claims: { [claim]: { methods, amr: proof.amr } } }, exchange.host.seen)
      const { id, expiresAt } = login.credential
      if (id !== undefined && expiresAt !== undefined) {
        const { issuer } = login
        await exchange.environment.revocations.revoke({ kind: 'token', issuer, id, expiresAt, reason: 'step-up' })
      }
      return told
    },
  }
}

function proofIn({ methods, amr }: Partial<Proof>, login: Principal): Proof | undefined {
  if (typeof methods !== 'object' || methods === null || !Array.isArray(amr)) return undefined
  return { account: login, login: null, methods, amr }
}
