import {
  checkOptions,
  accept,
  defineMiddleware,
  type Environment,
  type Exchange,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import type { Draft } from './log/messages.ts'
import type { AuditEvent, AuditOutcome, AuditPerson, AuditResource } from './record/event.ts'
import type { Recorder } from './recorder.ts'

/** Options of `audit.action()`. */
export interface ActionOptions {
  /** What is acted on, by the request. @default nothing */
  readonly resource?: (exchange: Exchange) => AuditResource | undefined
  /** Whom it is about, by the request. @default nobody but the caller */
  readonly about?: (exchange: Exchange) => AuditPerson | undefined
  /** Further fields that name nobody, by the request. @default none */
  readonly detail?: (exchange: Exchange) => Readonly<Record<string, unknown>> | undefined
}

const rules: OptionRules<ActionOptions> = {
  resource: accept.function,
  about: accept.function,
  detail: accept.function,
}

/** What the gate is made with. */
export interface ActionSettings {
  readonly type: AuditEvent['type']
  readonly options: ActionOptions | undefined
  readonly environment: Environment
  readonly strict: boolean
  readonly draft: (event: AuditEvent, exchange: Exchange | undefined, intent?: number) => Draft
  readonly recorder: Pick<Recorder, 'write' | 'send'>
}

/** Records what happens on a route. */
export function actionGate({ type, options = {}, environment, strict, draft, recorder }: ActionSettings): Middleware {
  checkOptions<ActionOptions>('audit.action', options, rules)

  return defineMiddleware({
    name: 'audit.action',
    environment,
    gate(exchange) {
      if (strict) return hold(exchange)
      exchange.onFinish((_, { status, completed }) => {
        const cut = completed ? {} : { reason: 'connection-lost' }
        recorder.send(draft({ ...eventOf(exchange), outcome: outcomeOf(status), ...cut }, exchange))
      })
      return undefined
    },
  })

  async function hold(exchange: Exchange): Promise<void> {
    const event = eventOf(exchange)
    const { index } = await recorder.write(draft({ ...event, outcome: 'intent' }, exchange))
    let told = false
    exchange.beforeEnd(async (_, status) => {
      told = true
      await recorder.write(draft({ ...event, outcome: outcomeOf(status) }, exchange, index))
    })
    // Without an end there is nothing to hold, but it is known that there was none.
    exchange.onFinish(() => {
      if (!told) recorder.send(draft({ ...event, outcome: 'failure', reason: 'connection-lost' }, exchange, index))
    })
  }

  function eventOf(exchange: Exchange): AuditEvent {
    const resource = options.resource?.(exchange)
    const about = options.about?.(exchange)
    const detail = options.detail?.(exchange)
    return { type, ...(resource && { resource }), ...(about && { about }), ...(detail && { detail }) }
  }
}

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'success'
  return status === 401 || status === 403 ? 'denied' : 'failure'
}
