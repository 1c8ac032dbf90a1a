import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { exchangeOf } from '@sallyport/core'
import { gate, problemDetails } from '@sallyport/hono'
import { Hono, type Context, type ErrorHandler, type MiddlewareHandler } from 'hono'
import { isNative, type AppSpec, type Host, type Native, type Reply } from './host.ts'
import { listen } from './listen.ts'

function give(c: Context, given: Reply | undefined): Response {
  // Who writes by itself has to say so.
  if (!given) return RESPONSE_ALREADY_SENT
  const { status = 200, headers = {}, body } = given
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  if (typeof body === 'object') return c.json(body, status as never)
  return c.newResponse(body ?? null, status as never)
}

/** What is written for Node, on what is under Hono. */
function onNode(native: Native): MiddlewareHandler {
  return async (c, next) => {
    const { incoming, outgoing } = c.env as HttpBindings
    let calls = 0
    const passed = await new Promise<boolean>((resolve, reject) => {
      outgoing.once('close', () => resolve(false))
      native.node(incoming, outgoing as never, (err) => {
        calls++
        if (err === undefined) resolve(true)
        else reject(err as Error)
      })
    })
    if (!passed) return RESPONSE_ALREADY_SENT
    await next()
    // Who calls it twice is told off by Hono, as by Koa.
    if (calls > 1) await next().catch(() => undefined)
    return undefined
  }
}

export const hono4Host: Host = {
  name: 'Hono 4',
  kind: 'hono',
  serialises: true,
  errorStatus: 500,
  start(spec: AppSpec) {
    const app = new Hono()
    const errors: unknown[] = []
    const { errorHandler } = app as unknown as { errorHandler: ErrorHandler }
    const answer: ErrorHandler =
      spec.problems === false ? errorHandler : problemDetails(() => new Response(null, { status: 500 }))
    app.onError((error, c: Context) => {
      errors.push(error)
      return answer(error, c)
    })
    for (const one of spec.use ?? []) app.use(isNative(one) ? (one.hono ?? onNode(one)) : gate(one))
    // Below a path, as real apps have it.
    const routes = new Hono()
    const method = (spec.method ?? 'ALL').toLowerCase() as 'all' | 'get' | 'post'
    const gates = (spec.route ?? []).map((one) => gate(one)) as unknown as [MiddlewareHandler]
    routes[method]('/', ...gates, async (c: Context) => {
      const { incoming: req, outgoing } = c.env as HttpBindings
      const body = async (): Promise<unknown> => (await c.req.text()) && c.req.json()
      const call = {
        req,
        res: outgoing as never,
        seen: c,
        body,
        principal: c.get('principal'),
        exchange: exchangeOf(c),
      }
      const handler = spec.handler ?? (() => ({ body: 'reached' }))
      return give(c, await handler(call))
    })
    app.route(spec.path ?? '/orders', routes)
    return listen(getRequestListener(app.fetch) as never, errors, spec.tls)
  },
}
