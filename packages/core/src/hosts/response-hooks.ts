import type { ServerResponse } from 'node:http'
import { coreError } from '../errors.ts'
import type { BodyHook, EndHook, Exchange, FinishHook, HeadersHook, ObjectHook } from '../exchange.ts'
import { strayReporter } from '../isolate.ts'
import { patchSending } from './sending.ts'

const reportStray = strayReporter('A hook on the end of a response')

/** What gates asked to be called for on one response. */
export interface ResponseHooks {
  onObject(hook: ObjectHook): void
  onBody(hook: BodyHook): void
  beforeHeaders(hook: HeadersHook): void
  beforeEnd(hook: EndHook): void
  onFinish(hook: FinishHook): void
  transform(body: unknown): unknown
  readonly transforms: boolean
  /** Is called where a framework is about to write a head and to end it right away. */
  sendWhole(): void
}

/** Makes the hooks of a response. Nothing of the response is touched before a hook needs it. */
export function hookResponse(exchange: Exchange, res: ServerResponse): ResponseHooks {
  const objectHooks: ObjectHook[] = []
  const headerHooks: HeadersHook[] = []
  const endHooks: EndHook[] = []
  const bodyHooks: BodyHook[] = []
  const sending = { headerHooks, endHooks, bodyHooks, headWithEnd: false }
  const finishHooks: FinishHook[] = []

  const transform = (body: unknown): unknown => objectHooks.reduce((value, hook) => hook(value, exchange), body)

  return {
    transform,
    get transforms() {
      return objectHooks.length > 0
    },
    sendWhole: () => void (sending.headWithEnd = true),
    onObject(hook) {
      if (objectHooks.push(hook) === 1) patchJson(res, transform)
    },
    onBody: (hook) => addTo(bodyHooks, hook),
    beforeHeaders: (hook) => addTo(headerHooks, hook),
    beforeEnd: (hook) => addTo(endHooks, hook),
    onFinish(hook) {
      if (finishHooks.push(hook) > 1) return
      res.once('close', () => {
        const outcome = { status: res.statusCode, completed: res.writableFinished }
        for (const each of finishHooks) {
          try {
            each(exchange, outcome)
          } catch (thrown) {
            reportStray(thrown)
          }
        }
      })
    },
  }

  function addTo<Hook>(hooks: Hook[], hook: Hook): void {
    if (res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    hooks.push(hook)
    if (headerHooks.length + endHooks.length + bodyHooks.length > 1) return
    patchSending(exchange, res, sending)
  }
}

type Send = (body: unknown, ...rest: unknown[]) => unknown

/**
 * Express's `res.json` and `res.jsonp`; `res.send(object)` comes through the former. They are looked up when they are called: an app
 * mounted below has ways of its own, or is the first that has any.
 */
function patchJson(res: ServerResponse, transform: (body: unknown) => unknown): void {
  for (const name of ['json', 'jsonp']) {
    const own = Object.getOwnPropertyDescriptor(res, name)?.value as Send | undefined
    const original = (): Send | undefined =>
      own ?? (Object.getPrototypeOf(res) as Record<string, Send | undefined>)[name]
    function patched(this: unknown, body: unknown, ...rest: unknown[]): unknown {
      // Express 4 still takes a status first.
      const [second] = rest
      const given = typeof body === 'number' && second !== undefined && typeof second !== 'number'
      return given ? original()!.call(this, body, transform(second)) : original()!.call(this, transform(body), ...rest)
    }
    Object.defineProperty(res, name, {
      configurable: true,
      enumerable: true,
      get: () => original() && patched,
      set(replacement: Send) {
        // What an app puts here calls what it has found here.
        Object.defineProperty(res, name, { value: replacement, writable: true, configurable: true, enumerable: true })
      },
    })
  }
}
