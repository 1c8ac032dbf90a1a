import type { Exchange } from '@sallyport/core'
import { accountOf } from './account.ts'
import type { LoginState } from './login-state.ts'
import { extended } from './proof.ts'
import type { Settings } from './settings.ts'
import type { AcceptedProof } from './verification.ts'

/** What the client is told of a step-up. */
export interface SteppedUp {
  readonly amr: readonly string[]
  readonly acr?: string
  /** Seconds since the Unix epoch. */
  readonly auth_time: number
  /** What the carrier adds, such as a new token. */
  readonly [name: string]: unknown
}

/** Lets a login have what was proved: its `amr`, `acr` and `authTime` change, and its identifier with them (ASVS 7.2.4, 7.5.1). */
export async function stepUp(
  settings: Settings,
  exchange: Exchange,
  { principal: login, proof: before }: Pick<LoginState, 'principal' | 'proof'>,
  { method, amr }: AcceptedProof,
): Promise<SteppedUp> {
  const now = settings.environment.clock.now()
  const proof = extended(before, login, {
    kind: method,
    amr,
    time: Math.floor(now / 1000),
    second: isSecond(method, login.amr),
  })
  const principal = settings.logins.preview(login, proof, now)
  const told = await settings.carrier.keep(exchange, { account: accountOf(login), login, proof, principal })
  if (exchange.principal !== undefined) settings.logins.become(exchange, login, proof)
  const { acr, authTime } = principal
  return { ...told, amr: principal.amr, ...(acr !== undefined && { acr }), auth_time: authTime! }
}

/** A code by e-mail after a link by e-mail is the same factor twice. */
export function isSecond(method: string, before: readonly string[]): boolean {
  return method !== 'password' && (before.includes('mfa') || !before.includes(method))
}
