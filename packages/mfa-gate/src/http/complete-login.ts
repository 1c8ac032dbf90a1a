import type { Exchange, Principal } from '@sallyport/core'
import { accountOf } from '../account.ts'
import type { WaitingLogin } from '../login-tickets.ts'
import { extended, type Proof } from '../proof.ts'
import type { Settings } from '../settings.ts'
import { stepUp, type SteppedUp } from '../step-up.ts'
import type { AcceptedProof } from '../verification.ts'

/** Completes a login by its second factor: one that the app has begun itself, or one that waits for it. */
export async function completeLogin(
  settings: Settings,
  exchange: Exchange,
  {
    principal: login,
    proof,
    waiting,
  }: { readonly principal: Principal; readonly proof: Proof | undefined; readonly waiting: WaitingLogin | undefined },
  accepted: AcceptedProof,
): Promise<SteppedUp> {
  if (waiting === undefined) return stepUp(settings, exchange, { principal: login, proof }, accepted)
  // Of two second factors that come at once with one ticket, one logs in.
  await settings.tickets.consume(waiting)
  const { method, amr } = accepted
  const now = settings.environment.clock.now()
  const proved = extended(undefined, login, { kind: method, amr, time: Math.floor(now / 1000), second: true })
  const principal = settings.logins.preview(login, proved, now)
  const { id: _, ...credential } = login.credential
  const result = {
    account: accountOf(login),
    login: { ...login, credential },
    proof: proved,
    principal,
    data: waiting.data,
  }
  const own = await settings.completeLogin?.(result, exchange.host.seen)
  const kept = await settings.carrier.keep(exchange, result)
  const { acr, authTime } = principal
  const more = typeof own === 'object' && own !== null ? own : {}
  return { ...kept, ...more, amr: principal.amr, ...(acr !== undefined && { acr }), auth_time: authTime! }
}
