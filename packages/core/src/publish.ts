import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Cancel } from './clock.ts'
import type { Environment } from './environment.ts'
import type { EventAccount, EventRequest, SecurityEvent, SecurityEventMap, SecurityEventType } from './events.ts'
import type { Exchange } from './exchange.ts'
import { strayReporter } from './isolate.ts'

/** Name of the `node:diagnostics_channel` on which every security event is published. */
export const SECURITY_EVENT_CHANNEL = 'sallyport.security-event'

const events = channel(SECURITY_EVENT_CHANNEL)

/** Whether anybody listens. */
export function eventsWanted(): boolean {
  return events.hasSubscribers
}

/** The published form. Environment and exchange are no own properties, so that printing an event cannot print a request. */
class PublishedEvent {
  readonly version = 1
  readonly type: SecurityEventType
  readonly time: number
  readonly request?: EventRequest
  readonly account?: EventAccount
  readonly detail: unknown
  readonly #environment: Environment
  readonly #exchange: Exchange | undefined
  #waits: Promise<unknown>[] | undefined
  #open = true

  constructor(environment: Environment, type: SecurityEventType, detail: unknown, exchange: Exchange | undefined) {
    this.type = type
    this.time = environment.clock.now()
    this.detail = detail
    this.#environment = environment
    this.#exchange = exchange
    if (!exchange) return
    this.request = { method: exchange.method, path: exchange.path, clientAddress: exchange.clientAddress }
    const { principal } = exchange
    if (!principal) return
    const { issuer, tenant, subject, sid } = principal
    this.account = { issuer, subject, ...(tenant !== undefined && { tenant }), ...(sid !== undefined && { sid }) }
  }

  get environment(): Environment {
    return this.#environment
  }

  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  waitUntil(promise: Promise<unknown>): void {
    if (!this.#open) throw new TypeError('waitUntil() was called after the event had been delivered')
    ;(this.#waits ??= []).push(promise)
  }

  /** Ends the delivery; answers what was asked to wait for. */
  seal(): Promise<void> | undefined {
    this.#open = false
    return this.#waits && Promise.all(this.#waits).then(() => undefined)
  }
}

/** Publishes an event. Synchronous unless a listener asked to wait; then a rejection of what it waits for reaches the caller. */
export function publishEvent<Type extends SecurityEventType>(
  environment: Environment,
  type: Type,
  detail: SecurityEventMap[Type],
  exchange: Exchange | undefined,
): void | Promise<void> {
  if (!events.hasSubscribers) return
  const event = new PublishedEvent(environment, type, detail, exchange)
  events.publish(event)
  return event.seal()
}

/** Which events a listener gets. */
export interface ListenOptions {
  /** Only events of this environment. @default all of the process */
  readonly env?: Environment
}

/**
 * Listens to security events. An exception of the listener is reported as a process warning, once per place, and reaches neither the
 * request nor other listeners; to hold or refuse a request, use the event's `waitUntil`.
 */
export function onSecurityEvent(listener: (event: SecurityEvent) => void, options: ListenOptions = {}): Cancel {
  const report = strayReporter('A listener to security events')
  const receive = (message: unknown): void => {
    const event = message as SecurityEvent
    if (options.env !== undefined && event.environment !== options.env) return
    try {
      listener(event)
    } catch (thrown) {
      report(thrown)
    }
  }
  subscribe(SECURITY_EVENT_CHANNEL, receive)
  return () => void unsubscribe(SECURITY_EVENT_CHANNEL, receive)
}
