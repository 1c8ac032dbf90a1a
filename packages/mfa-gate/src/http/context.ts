import { coreError, type Answer, type Exchange, type Route } from '@sallyport/core'
import type { Approvals } from '../approvals.ts'
import type { Enrolments } from '../enrolment.ts'
import { field, readFields, type Fields } from '../fields.ts'
import type { Holdings } from '../holdings.ts'
import type { LoginState } from '../login-state.ts'
import { safeReturnPath } from '../return-path.ts'
import type { Settings } from '../settings.ts'

/** What routes are made of. */
export interface RouteParts {
  readonly settings: Settings
  readonly approvals: Approvals
  readonly enrolments: Enrolments
  readonly holdings: Holdings
}

/** What routes are made with. */
export interface RouteContext extends RouteParts {
  readonly prefix: string
  readonly maxBodyBytes: number
}

/** A request of somebody who is logged in. */
export interface Call {
  readonly exchange: Exchange
  readonly state: LoginState
  readonly fields: Fields
}

/** A route for people who are logged in, with the fields of its body. */
export function forLogin(
  { settings, prefix, maxBodyBytes }: RouteContext,
  [method, path]: readonly [Route['method'], string],
  answer: (call: Call) => Promise<Answer>,
): Route {
  return {
    method,
    path: `${prefix}/${path}`,
    async answer(exchange) {
      const state = callerOf(settings, exchange)
      return answer({ exchange, state, fields: method === 'GET' ? {} : await readFields(exchange, maxBodyBytes) })
    },
  }
}

/** @throws SecurityError ERR_UNAUTHENTICATED (401) */
export function callerOf({ logins }: Settings, exchange: Exchange): LoginState {
  const state = logins.read(exchange)
  if (state === undefined) throw coreError('ERR_UNAUTHENTICATED')
  return state
}

/** What only who asked may have. */
export function told(body: object, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  }
}

/** Done, and nothing to say. */
export const done: Answer = { status: 204, headers: { 'cache-control': 'no-store' } }

/** The end of a step: forms that say where to go on are sent there, everybody else is told. */
export async function completed(exchange: Exchange, fields: Fields, body: object, limit: number): Promise<Answer> {
  const back = field(fields, 'return_to', 2000)
  const { type } = await exchange.readBody(limit)
  if (back === undefined || type !== 'application/x-www-form-urlencoded') return told(body)
  return { status: 303, headers: { location: safeReturnPath(back), 'cache-control': 'no-store' } }
}
