import type { ServerResponse } from 'node:http'
import { coreError, originOf, SecurityError } from '../errors.ts'
import type { BodyHook, EndHook, Exchange, HeadersHook } from '../exchange.ts'
import { BodyStage, pieceOf } from './body-stage.ts'
import { holdResponse, type Held } from './held.ts'
import { applyHeaders, type HeaderList } from './header-list.ts'
import { writeProblem } from './write.ts'

/** Node's response with what it keeps for itself: HTTP/2's has neither. */
interface Rendered {
  /** The header as it will be sent; `headersSent` means that it is there. */
  _header?: string | null
  /** Whether it has left. */
  readonly _headerSent?: boolean
  _hasBody: boolean
  _last: boolean
}

/** What gates want with a response on its way out. Hooks may still come. */
export interface SendingHooks {
  readonly headerHooks: readonly HeadersHook[]
  readonly endHooks: readonly EndHook[]
  readonly bodyHooks: readonly BodyHook[]
  /** Whether the framework now writes a head that it ends right away: hooks on the end still come before it. */
  readonly headWithEnd: boolean
}

/**
 * Takes the ways by which headers and bytes leave. Hooks that change nothing leave everything as it would be without them: what is sent,
 * what the app reads of the response meanwhile, and which of its mistakes throw.
 */
export function patchSending(exchange: Exchange, res: ServerResponse, hooks: SendingHooks): void {
  const { headerHooks, endHooks, bodyHooks } = hooks
  const body = new BodyStage(exchange, res, bodyHooks)
  const original = { writeHead: res.writeHead, write: res.write, end: res.end, flushHeaders: res.flushHeaders }
  let headersDone = false
  let ended = false
  let sending = false
  let replaced = false
  let release: Held | undefined

  res.writeHead = function (status: number, ...rest: [reason?: string | HeaderList, headers?: HeaderList]) {
    // What Node refuses, it refuses by itself.
    if (headersDone || res.headersSent || !isStatus(status)) {
      return original.writeHead.apply(res, [status, ...rest] as never)
    }
    const [reason, headers] = typeof rest[0] === 'string' ? (rest as [string, HeaderList]) : [undefined, rest[0]]
    res.statusCode = status
    if (reason !== undefined) res.statusMessage = reason
    if (!applyHeaders(res, headers)) return original.writeHead.apply(res, [status, ...rest] as never)
    // Length and validator of a body that changes are known with its first bytes. And HTTP/2 would send them, and then nobody could
    // replace the response any more.
    const untilEnd = hooks.headWithEnd || !('_header' in res)
    if ((body.wanted || (untilEnd && endHooks.length > 0)) && !sending) return res
    return mayLeave() ? original.writeHead.call(res, res.statusCode) : res
  } as ServerResponse['writeHead']

  res.write = function (...args: unknown[]) {
    if (replaced) return false
    if (release) return release.afterwards(() => original.write.apply(res, args as never))
    if (ended || !body.wanted) return ended || mayLeave() ? send(() => original.write.apply(res, args as never)) : false
    return orReplace(() => writeFiltered(args)) ?? false
  } as ServerResponse['write']

  res.flushHeaders = function () {
    if (ended || replaced) return
    if (body.wanted) orReplace(() => body.begin(false))
    if (!replaced && mayLeave()) send(() => original.flushHeaders.call(res))
  }

  res.end = function (...args: unknown[]) {
    if (replaced) return res
    if (release) return release.afterwards(() => original.end.apply(res, args as never)) || res
    // Ended before, or what Node refuses to end with: the app hears it from Node, and may answer otherwise then.
    if (ended || !mayEndWith(args[0])) return send(() => original.end.apply(res, args as never))
    ended = true
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
    if (waits === undefined) leave(args)
    else hold(waits, args)
    return res
  } as ServerResponse['end']

  function hold(waits: readonly Promise<void>[], args: readonly unknown[]): void {
    const held = (release = holdResponse(res))
    const settle = (act: () => void) => (): void => {
      release = undefined
      held.open()
      act()
      held.done()
    }
    void Promise.all(waits)
      .then(
        settle(() => leave(args)),
        (thrown: unknown) => settle(() => replace(thrown))(),
      )
      .catch(replace)
  }

  function leave(args: readonly unknown[]): void {
    const last = body.wanted && !replaced ? orReplace(() => filterLast(args)) : args
    if (last === undefined) return
    try {
      if (mayLeave()) send(() => original.end.apply(res, last as never))
    } catch (thrown) {
      // Nothing was sent, and the app may answer otherwise.
      ended = false
      throw thrown
    }
  }

  function writeFiltered(args: readonly unknown[]): boolean {
    const changes = body.begin(false)
    if (!mayLeave()) return false
    if (!changes) return send(() => original.write.apply(res, args as never))
    const { bytes, callback } = pieceOf(args)
    const out = body.write(bytes ?? new Uint8Array())
    if (out.byteLength > 0) return send(() => original.write.call(res, out, callback as never))
    // All of it is held back; the headers leave, as the app expects of a first write.
    if (!res.headersSent) send(() => original.flushHeaders.call(res))
    if (callback !== undefined) process.nextTick(callback)
    return !res.writableNeedDrain
  }

  /** What is given to the end in place of what the app gave. */
  function filterLast(args: readonly unknown[]): readonly unknown[] {
    const whole = !res.headersSent
    const changes = body.begin(whole)
    const { bytes, callback } = pieceOf(args)
    const out = changes ? body.end(bytes) : bytes
    const sent = !whole || body.settle(bytes, out ?? new Uint8Array())
    if (sent && !changes) return args
    return [...(sent && out !== undefined && out.byteLength > 0 ? [out] : []), ...(callback ? [callback] : [])]
  }

  /** What a filter cannot do, nobody may see undone. */
  function orReplace<Result>(act: () => Result): Result | undefined {
    try {
      return act()
    } catch (thrown) {
      replace(thrown)
      return undefined
    }
  }

  /** Whether Node ends a response with this rather than throw. */
  function mayEndWith(chunk: unknown): boolean {
    if (!res.headersSent && !isStatus(res.statusCode)) return false
    return !chunk || typeof chunk === 'string' || typeof chunk === 'function' || chunk instanceof Uint8Array
  }

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
    ended = true
    replaced = true
    const error = SecurityError.is(thrown) ? thrown : coreError('ERR_GATE_FAILED', { origin: originOf(thrown) })
    takeBackHeader(res)
    if (res.headersSent) {
      res.destroy()
      return
    }
    send(() => writeProblem(res, error, (body) => original.end.call(res, body, 'utf8')))
  }
}

/** As Node takes it: anything that is a whole number when made one. */
function isStatus(status: unknown): boolean {
  const code = Number(status) | 0
  return code >= 100 && code <= 999
}

/** An explicit `writeHead` renders the header and sends nothing: until something has left, it may be another. */
function takeBackHeader(res: ServerResponse): void {
  const rendered = res as unknown as Rendered
  if (!res.headersSent || rendered._headerSent !== false) return
  rendered._header = null
  rendered._hasBody = res.req.method !== 'HEAD'
  rendered._last = false
  res.chunkedEncoding = false
}
