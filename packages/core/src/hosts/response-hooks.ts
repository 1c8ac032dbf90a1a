import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { coreError, originOf, SecurityError } from '../errors.ts'
import type { EndHook, Exchange, FinishHook, HeadersHook, ObjectHook } from '../exchange.ts'
import { strayReporter } from '../isolate.ts'
import { writeProblem } from './write.ts'

const reportStray = strayReporter('A hook on the end of a response')

/** What gates asked to be called for on one response. */
export interface ResponseHooks {
  onObject(hook: ObjectHook): void
  beforeHeaders(hook: HeadersHook): void
  beforeEnd(hook: EndHook): void
  onFinish(hook: FinishHook): void
  transform(body: unknown): unknown
  readonly transforms: boolean
}

type HeaderList = OutgoingHttpHeaders | readonly unknown[] | undefined

/** Makes the hooks of a response. Nothing of the response is touched before a hook needs it. */
export function hookResponse(exchange: Exchange, res: ServerResponse): ResponseHooks {
  const objectHooks: ObjectHook[] = []
  const headerHooks: HeadersHook[] = []
  const endHooks: EndHook[] = []
  const finishHooks: FinishHook[] = []

  const transform = (body: unknown): unknown => objectHooks.reduce((value, hook) => hook(value, exchange), body)

  return {
    transform,
    get transforms() {
      return objectHooks.length > 0
    },
    onObject(hook) {
      if (objectHooks.push(hook) === 1) patchJson(res, transform)
    },
    beforeHeaders(hook) {
      refuseWhenStarted()
      if (headerHooks.push(hook) + endHooks.length === 1) patchSending(exchange, res, headerHooks, endHooks)
    },
    beforeEnd(hook) {
      refuseWhenStarted()
      if (endHooks.push(hook) + headerHooks.length === 1) patchSending(exchange, res, headerHooks, endHooks)
    },
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

  function refuseWhenStarted(): void {
    if (res.headersSent) throw coreError('ERR_RESPONSE_STARTED')
  }
}

/** Express's `res.json` and `res.jsonp`; `res.send(object)` comes through the former. */
function patchJson(res: ServerResponse, transform: (body: unknown) => unknown): void {
  const target = res as unknown as Record<string, ((body: unknown, ...rest: unknown[]) => unknown) | undefined>
  for (const name of ['json', 'jsonp']) {
    const original = target[name]
    if (original === undefined) continue
    target[name] = function (this: unknown, body: unknown, ...rest: unknown[]) {
      return original.call(this, transform(body), ...rest)
    }
  }
}

/**
 * Takes the ways by which headers and bytes leave. An explicit `writeHead` is only noted while somebody may still replace the
 * response at its end; it happens with the first byte.
 */
function patchSending(
  exchange: Exchange,
  res: ServerResponse,
  headerHooks: readonly HeadersHook[],
  endHooks: readonly EndHook[],
): void {
  const original = { writeHead: res.writeHead, write: res.write, end: res.end, flushHeaders: res.flushHeaders }
  let sending = false
  let headersDone = false
  let ending = false
  let replaced = false

  res.writeHead = function (status: number, reason?: string | HeaderList, headers?: HeaderList) {
    if (res.headersSent) return original.writeHead.call(res, status)
    res.statusCode = status
    if (typeof reason === 'string') res.statusMessage = reason
    applyHeaders(res, typeof reason === 'string' ? headers : (reason as HeaderList))
    if (endHooks.length > 0 && !sending) return res
    return mayLeave() ? original.writeHead.call(res, res.statusCode) : res
  } as ServerResponse['writeHead']

  res.write = function (...args: unknown[]) {
    return !ending && mayLeave() ? send(() => original.write.apply(res, args as never)) : false
  } as ServerResponse['write']

  res.flushHeaders = function () {
    if (!ending && mayLeave()) send(() => original.flushHeaders.call(res))
  }

  res.end = function (...args: unknown[]) {
    if (ending) return res
    ending = true
    const release = (): void => void (mayLeave() && send(() => original.end.apply(res, args as never)))
    let waits: Promise<void>[] | undefined
    try {
      for (const hook of endHooks) {
        const wait = hook(exchange, res.statusCode)
        if (wait !== undefined) (waits ??= []).push(wait)
      }
    } catch (thrown) {
      for (const wait of waits ?? []) wait.catch(() => undefined)
      replace(thrown)
      return res
    }
    if (waits === undefined) release()
    else void Promise.all(waits).then(release, replace)
    return res
  } as ServerResponse['end']

  function send<Result>(act: () => Result): Result {
    const before = sending
    sending = true
    try {
      return act()
    } finally {
      sending = before
    }
  }

  /** Whether headers and body may leave now. A hook that throws refuses the response before any of it has; the other hooks still run. */
  function mayLeave(): boolean {
    if (headersDone) return true
    headersDone = true
    let refusal: { readonly thrown: unknown } | undefined
    for (const hook of headerHooks) {
      try {
        hook(exchange, res.statusCode)
      } catch (thrown) {
        refusal ??= { thrown }
      }
    }
    // What replaces a response is a refusal already.
    if (refusal === undefined || replaced) return true
    replace(refusal.thrown)
    return false
  }

  /** The response was held and may not be given: what has not left yet is replaced, what has left is cut off. */
  function replace(thrown: unknown): void {
    ending = true
    replaced = true
    const error = SecurityError.is(thrown) ? thrown : coreError('ERR_GATE_FAILED', { origin: originOf(thrown) })
    if (res.headersSent) {
      res.destroy()
      return
    }
    send(() => writeProblem(res, error, (body) => original.end.call(res, body, 'utf8')))
  }
}

function applyHeaders(res: ServerResponse, headers: HeaderList): void {
  if (headers === undefined) return
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value as string)
    return
  }
  // Raw form: pairs, or names and values in turn. A name that comes again is another line.
  const flat = headers.flat() as string[]
  const seen = new Set<string>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i]!
    if (seen.has(name.toLowerCase())) res.appendHeader(name, flat[i + 1]!)
    else res.setHeader(name, flat[i + 1]!)
    seen.add(name.toLowerCase())
  }
}
