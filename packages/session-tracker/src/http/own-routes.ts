import {
  coreError,
  type Answer,
  type Exchange,
  type Principal,
  type Route,
  type RouteParameters,
} from '@sallyport/core'
import { sessionError } from '../errors.ts'
import type { SessionTracker } from '../tracker.ts'
import { answerOf, done } from './answers.ts'
import type { RouteSettings } from './options.ts'
import type { Reauthentication } from './reauthentication.ts'

const LARGEST = 2048

/** What users do with their own sessions and devices. Nobody's path leads to another account. */
export function ownRoutes(
  sessions: SessionTracker,
  { prefix }: RouteSettings,
  reauthentication: Reauthentication,
): readonly Route[] {
  function currentId({ host }: Exchange): string | undefined {
    const current = sessions.current(host.seen)
    return current?.id
  }

  async function list(exchange: Exchange): Promise<Answer> {
    const principal = callerOf(exchange)
    const current = currentId(exchange)
    const all = await sessions.list(principal)
    return answerOf({ sessions: all.map((session) => ({ ...session, current: session.id === current })) })
  }

  async function endOne(exchange: Exchange, { id }: RouteParameters): Promise<Answer> {
    const principal = callerOf(exchange)
    // To leave is everybody's right at any time.
    if (currentId(exchange) === id) return logout(exchange)
    await reauthentication.demand(exchange)
    const ended = await sessions.end(principal, id!, { reason: 'ended by its user', by: 'user' })
    if (!ended) throw sessionError('ERR_SESSION_NOT_FOUND')
    return done
  }

  async function endOthers(exchange: Exchange): Promise<Answer> {
    callerOf(exchange)
    await reauthentication.demand(exchange)
    const ended = await sessions.endOthers(exchange.host.seen, { reason: 'ended by its user', by: 'user' })
    return answerOf({ ended })
  }

  async function logout(exchange: Exchange): Promise<Answer> {
    callerOf(exchange)
    await sessions.logout(exchange.host.seen)
    return done
  }

  async function devices(exchange: Exchange): Promise<Answer> {
    return answerOf({ devices: await sessions.devices.list(callerOf(exchange)) })
  }

  async function forget(exchange: Exchange, { id }: RouteParameters): Promise<Answer> {
    const principal = callerOf(exchange)
    await reauthentication.demand(exchange)
    await sessions.devices.forget(principal, id!)
    return done
  }

  async function change(exchange: Exchange, { id }: RouteParameters): Promise<Answer> {
    const principal = callerOf(exchange)
    const { value } = await exchange.readBody(LARGEST)
    const { name, trusted } = Object(value) as { name?: unknown; trusted?: unknown }
    if (name === undefined && trusted === undefined) throw sessionError('ERR_SESSION_REQUEST')
    if (trusted !== undefined && typeof trusted !== 'boolean') throw sessionError('ERR_SESSION_REQUEST')
    if (trusted === true) await reauthentication.demand(exchange)
    if (name !== undefined) await sessions.devices.rename(principal, id!, name as string)
    if (trusted === true) await sessions.devices.trust(principal, id!)
    if (trusted === false) await sessions.devices.distrust(principal, id!)
    return done
  }

  return [
    { method: 'GET', path: `${prefix}/sessions`, answer: list },
    { method: 'DELETE', path: `${prefix}/sessions`, answer: endOthers },
    { method: 'DELETE', path: `${prefix}/sessions/:id`, answer: endOne },
    { method: 'POST', path: `${prefix}/logout`, answer: logout },
    { method: 'GET', path: `${prefix}/devices`, answer: devices },
    { method: 'PATCH', path: `${prefix}/devices/:id`, answer: change },
    { method: 'DELETE', path: `${prefix}/devices/:id`, answer: forget },
  ]
}

export function callerOf({ principal }: Exchange): Principal {
  if (principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
  return principal
}
