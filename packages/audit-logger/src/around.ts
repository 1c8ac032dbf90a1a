import { isPromise, originOf, SecurityError } from '@sallyport/core'
import type { Draft } from './log/messages.ts'
import type { AuditEvent, AuditOutcome } from './record/event.ts'
import type { Recorder } from './recorder.ts'

/** What an action is recorded with. */
export interface AroundSettings {
  readonly recorder: Pick<Recorder, 'write' | 'send'>
  readonly strict: boolean
  readonly draft: (event: AuditEvent, intent?: number) => Draft
}

/** Runs something and records its outcome. */
export async function around<Result>(
  event: AuditEvent,
  act: () => Result | Promise<Result>,
  { recorder, strict, draft }: AroundSettings,
): Promise<Awaited<Result>> {
  // What cannot be recorded is said before anything is done.
  const first = draft({ ...event, outcome: 'intent' })
  const intent = strict ? (await recorder.write(first)).index : undefined
  let result: Awaited<Result>
  try {
    const given = act()
    result = (isPromise(given) ? await given : given) as Awaited<Result>
  } catch (thrown) {
    await tell({ ...event, ...failureOf(thrown) })
    throw thrown
  }
  await tell(event)
  return result

  async function tell(told: AuditEvent): Promise<void> {
    if (strict) await recorder.write(draft(told, intent))
    else recorder.send(draft(told))
  }
}

/**
 * Runs something that may answer at once, and records its outcome. For a strict type the intent is awaited before: then what it answers
 * is a promise.
 */
export function callAround(event: AuditEvent, act: () => unknown, settings: AroundSettings): unknown {
  if (settings.strict) return around(event, act, settings)
  const { recorder, draft } = settings
  draft(event)
  const tell = (told: AuditEvent): void => recorder.send(draft(told))
  const failed = (thrown: unknown): never => {
    tell({ ...event, ...failureOf(thrown) })
    throw thrown
  }
  let result: unknown
  try {
    result = act()
  } catch (thrown) {
    return failed(thrown)
  }
  if (isPromise(result)) {
    return result.then((value) => {
      tell(event)
      return value
    }, failed)
  }
  tell(event)
  return result
}

/** Names an exception without its text, which may repeat what it was given. */
function failureOf(thrown: unknown): { readonly outcome: AuditOutcome; readonly reason: string } {
  const { name, code } = originOf(thrown)
  const refused = SecurityError.is(thrown) && (thrown.status === 401 || thrown.status === 403)
  return { outcome: refused ? 'denied' : 'failure', reason: code ?? name }
}
