import { demandSameOrigin, type Answer, type Exchange, type Principal, type Route } from '@sallyport/core'
import { accountOf, loginTag } from '../account.ts'
import { beginProof } from '../begin.ts'
import { mfaError } from '../errors.ts'
import { field, readFields, requiredField, type Fields } from '../fields.ts'
import type { WaitingLogin } from '../login-tickets.ts'
import type { Proof } from '../proof.ts'
import { isSecond, stepUp } from '../step-up.ts'
import { verifyProof, type AcceptedProof } from '../verification.ts'
import { callerOf, completed, forLogin, told, type RouteContext } from './context.ts'
import { completeLogin } from './complete-login.ts'

/** Who presents a proof: somebody who is logged in, or whose login waits for it. */
interface Presenter {
  readonly principal: Principal
  readonly proof: Proof | undefined
  readonly login: string
  readonly waiting: WaitingLogin | undefined
}

/** Where a step-up is asked for and brought. */
export function proofPaths(prefix = ''): readonly string[] {
  return ['mfa/challenge', 'mfa/verify', 'login-mfa'].map((path) => `${prefix}/${path}`)
}

/** The routes by which people prove more: to log in, for a step-up, for an action. */
export function proofRoutes(context: RouteContext): readonly Route[] {
  const { settings, approvals, prefix, maxBodyBytes } = context
  const post = (path: string, answer: Route['answer']): Route => ({ method: 'POST', path: `${prefix}/${path}`, answer })

  async function presenterOf(exchange: Exchange, fields: Fields): Promise<Presenter> {
    const ticket = field(fields, 'ticket')
    if (ticket === undefined) {
      const { principal, proof } = callerOf(settings, exchange)
      return { principal, proof, login: loginTag(principal), waiting: undefined }
    }
    const waiting = await settings.tickets.find(ticket)
    return { principal: waiting.principal, proof: undefined, login: waiting.tag, waiting }
  }

  async function challenge(exchange: Exchange): Promise<Answer> {
    const fields = await readFields(exchange, maxBodyBytes)
    const { principal, login } = await presenterOf(exchange, fields)
    const method = requiredField(fields, 'factor', 40)
    const approval = field(fields, 'approval', 40)
    const account = accountOf(principal)
    const action = approval === undefined ? undefined : await approvals.waiting(account, approval, login, method)
    const purpose = action === undefined ? 'verify' : 'approve'
    return told(
      await beginProof(settings, { exchange, account, login, method, fields, purpose, ...(action && { action }) }),
    )
  }

  async function verify(exchange: Exchange, presenter: Presenter, fields: Fields): Promise<AcceptedProof | undefined> {
    const { principal, proof, login } = presenter
    const known = proof?.amr.includes('mfa') === true || (await settings.devices.trusts(exchange, accountOf(principal)))
    const method = requiredField(fields, 'factor', 40)
    return verifyProof(settings, {
      exchange,
      account: accountOf(principal),
      login,
      method,
      fields,
      purpose: 'verify',
      known,
    })
  }

  async function approve(
    exchange: Exchange,
    { principal, proof, login }: Presenter,
    fields: Fields,
    id: string,
  ): Promise<Answer> {
    const account = accountOf(principal)
    const method = requiredField(fields, 'factor', 40)
    if (method === 'password') throw mfaError('ERR_MFA_FACTOR')
    const action = await approvals.waiting(account, id, login, method)
    const known = proof?.amr.includes('mfa') === true
    const presented = { exchange, account, login, method, fields, purpose: 'approve', action, known } as const
    const accepted = await verifyProof(settings, presented)
    if (accepted === undefined) return pending
    await approvals.approve(account, id, action)
    await verified(exchange, accepted, 'approval')
    return told({ approval: id, approved: true })
  }

  async function login(exchange: Exchange): Promise<Answer> {
    const fields = await readFields(exchange, maxBodyBytes)
    const presenter = await presenterOf(exchange, fields)
    const trust =
      Object.hasOwn(fields, 'trust') &&
      (fields['trust'] === true || fields['trust'] === 'true' || fields['trust'] === 'on')
    // Another site must not log its visitors in to an account of its own choice.
    if (presenter.waiting !== undefined && (trust || settings.completeLogin !== undefined))
      demandSameOrigin(exchange, settings.environment.allowedOrigins)
    const method = requiredField(fields, 'factor', 40)
    if (!isSecond(method, presenter.principal.amr)) throw mfaError('ERR_MFA_FACTOR')
    const accepted = await verify(exchange, presenter, fields)
    if (accepted === undefined) return pending
    const body = await completeLogin(settings, exchange, presenter, accepted)
    await verified(exchange, accepted, 'login')
    // Who came in by a code of paper has lost what a browser would be trusted for.
    if (trust && method !== 'recovery')
      await settings.devices.trust(
        exchange,
        accountOf(presenter.principal),
        field(fields, 'device_name', 100) ?? 'browser',
      )
    return completed(exchange, fields, body, maxBodyBytes)
  }

  async function verified(
    exchange: Exchange,
    { method, authenticator }: AcceptedProof,
    purpose: 'step-up' | 'login' | 'approval',
  ): Promise<void> {
    const detail = { method, purpose, ...(authenticator !== undefined && { authenticator }) }
    await settings.environment.publish('mfa.verified', detail, exchange)
  }

  return [
    post('mfa/challenge', challenge),
    forLogin(context, ['POST', 'mfa/verify'], async ({ exchange, state, fields }) => {
      const presenter = { ...state, login: loginTag(state.principal), waiting: undefined }
      const approval = field(fields, 'approval', 40)
      if (approval !== undefined) return approve(exchange, presenter, fields, approval)
      const accepted = await verify(exchange, presenter, fields)
      if (accepted === undefined) return pending
      const body = await stepUp(settings, exchange, state, accepted)
      await verified(exchange, accepted, 'step-up')
      return completed(exchange, fields, body, maxBodyBytes)
    }),
    post('login-mfa', login),
  ]
}

const pending = told({ pending: true }, 202)
