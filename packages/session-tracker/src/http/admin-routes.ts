import type { AccountId, Answer, Exchange, Route, RouteParameters } from '@sallyport/core'
import { sessionError } from '../errors.ts'
import type { TrackerSettings } from '../settings.ts'
import type { SessionTracker } from '../tracker.ts'
import { answerOf, done } from './answers.ts'
import type { RouteSettings } from './options.ts'
import { callerOf } from './own-routes.ts'

/** What those who look after users do with sessions of others. The account stands in the query: `subject`, and where needed `issuer` and `tenant`. */
export function adminRoutes(
  sessions: SessionTracker,
  { prefix, adminPermission }: RouteSettings,
  { environment, issuer, analytics }: TrackerSettings,
): readonly Route[] {
  if (adminPermission === undefined) return []
  const permission = adminPermission
  const admin = `${prefix}/admin`

  function demand(exchange: Exchange): void {
    if (!environment.ports.ask('can')(callerOf(exchange), permission)) throw sessionError('ERR_SESSION_FORBIDDEN')
  }

  async function list(exchange: Exchange): Promise<Answer> {
    demand(exchange)
    return answerOf({ sessions: await sessions.list(accountIn(exchange, issuer)) })
  }

  async function endAll(exchange: Exchange): Promise<Answer> {
    demand(exchange)
    const ending = { reason: 'ended by an administrator', by: 'admin' } as const
    return answerOf({ ended: await sessions.endAll(accountIn(exchange, issuer), ending) })
  }

  async function endOne(exchange: Exchange, { id }: RouteParameters): Promise<Answer> {
    demand(exchange)
    const ending = { reason: 'ended by an administrator', by: 'admin' } as const
    if (!(await sessions.end(accountIn(exchange, issuer), id!, ending))) throw sessionError('ERR_SESSION_NOT_FOUND')
    return done
  }

  async function figures(exchange: Exchange): Promise<Answer> {
    demand(exchange)
    const query = new URLSearchParams(exchange.search)
    const by = query.get('by') ?? 'day'
    const count = Number(query.get('count') ?? 30)
    if ((by !== 'day' && by !== 'hour') || !Number.isSafeInteger(count) || count < 1 || count > 400) {
      throw sessionError('ERR_SESSION_REQUEST')
    }
    return answerOf(await sessions.figures({ by, count }))
  }

  return [
    ...(analytics ? [{ method: 'GET', path: `${admin}/figures`, answer: figures } as const] : []),
    { method: 'GET', path: `${admin}/sessions`, answer: list },
    { method: 'DELETE', path: `${admin}/sessions`, answer: endAll },
    { method: 'DELETE', path: `${admin}/sessions/:id`, answer: endOne },
  ]
}

/** @throws SecurityError ERR_SESSION_REQUEST (400) */
function accountIn({ search }: Exchange, own: string): AccountId {
  const query = new URLSearchParams(search)
  const one = (name: string): string | undefined => {
    const values = query.getAll(name)
    if (values.length > 1 || values[0] === '' || (values[0]?.length ?? 0) > 1024)
      throw sessionError('ERR_SESSION_REQUEST')
    return values[0]
  }
  const [subject, issuer = own, tenant] = [one('subject'), one('issuer'), one('tenant')]
  if (subject === undefined) throw sessionError('ERR_SESSION_REQUEST')
  return tenant === undefined ? { issuer, subject } : { issuer, tenant, subject }
}
