import type { Answer, Route } from '@sallyport/core'
import { accountOf, loginTag } from '../account.ts'
import { mfaError } from '../errors.ts'
import { field, requiredField } from '../fields.ts'
import type { EnrolmentRequest } from '../enrolment.ts'
import { done, forLogin, told, type Call, type RouteContext } from './context.ts'
import { demandChange } from './permission.ts'

/** The routes by which people set up, name and take away what they have. */
export function enrolmentRoutes(context: RouteContext): readonly Route[] {
  const { settings, enrolments, holdings } = context

  const requestOf = ({ exchange, state, fields }: Call): EnrolmentRequest => ({
    exchange,
    account: state.principal,
    login: loginTag(state.principal),
    fields,
    ticket: field(fields, 'ticket'),
  })

  async function begin(call: Call, kind: string): Promise<Answer> {
    const refused = await demandChange(settings, call, false)
    if (refused !== undefined) return refused
    const step = await enrolments.begin(kind, requestOf(call))
    return told(step, 'authenticator' in step ? 201 : 200)
  }

  return [
    forLogin(context, ['POST', 'mfa/enroll'], (call) => begin(call, requiredField(call.fields, 'factor', 40))),
    forLogin(context, ['POST', 'mfa/enroll/confirm'], async (call) => {
      const step = await enrolments.confirm(requiredField(call.fields, 'enrolment', 40), requestOf(call))
      return told(step, 'authenticator' in step ? 201 : 202)
    }),
    ...(settings.factors.has('recovery')
      ? [forLogin(context, ['POST', 'mfa/recovery-codes'], (call) => begin(call, 'recovery'))]
      : []),
    forLogin(context, ['POST', 'mfa/rename'], async ({ state, fields }) => {
      const name = requiredField(fields, 'name', 100)
      if (/\p{Cc}/u.test(name)) throw mfaError('ERR_MFA_REQUEST')
      await holdings.rename(state.principal, requiredField(fields, 'authenticator', 40), name)
      return done
    }),
    forLogin(context, ['POST', 'mfa/disable'], async (call) => {
      const id = requiredField(call.fields, 'authenticator', 40)
      const refused = await demandChange(settings, call, true)
      if (refused !== undefined) return refused
      const { exchange, state } = call
      await holdings.remove(state.principal, id, { exchange, principal: state.principal })
      return done
    }),
    forLogin(context, ['GET', 'mfa/status'], async ({ state }) => {
      const { elevated, principal } = state
      const account = accountOf(principal)
      const { acr, amr } = elevated
      return told({
        amr,
        ...(acr !== undefined && { acr }),
        satisfied: amr.includes('mfa'),
        required: settings.rollout.demands(principal),
        factors: [...settings.factors.keys()],
        authenticators: await holdings.list(account),
      })
    }),
  ]
}
