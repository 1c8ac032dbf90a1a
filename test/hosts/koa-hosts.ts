import Router from '@koa/router'
import { exchangeOf, problemDetails, type Principal } from '@sallyport/core'
import Koa from 'koa'
import Koa2 from 'koa2'
import { isNative, type AppSpec, type Host, type KoaLike, type Reply } from './host.ts'
import { listen } from './listen.ts'

function give(ctx: KoaLike, reply: Reply | undefined): void {
  if (!reply) return
  ctx.status = reply.status ?? 200
  for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.set(name, value)
  ctx.body = reply.body ?? ''
}

function koaHost(name: string, make: () => Koa): Host {
  return {
    name,
    kind: 'koa',
    serialises: true,
    errorStatus: 418,
    start(spec: AppSpec) {
      const app = make()
      const errors: unknown[] = []
      app.silent = true
      if (spec.problems !== false) app.use(problemDetails())
      app.use(async (_ctx, next) => {
        try {
          await next()
        } catch (err) {
          errors.push(err)
          throw err
        }
      })
      for (const one of spec.use ?? []) {
        if (isNative(one)) {
          const own = one.install?.(app) ?? one.koa
          app.use((ctx, next) => own(ctx as unknown as KoaLike, next) as Promise<unknown>)
        } else app.use(one)
      }
      const router = new Router()
      const method = (spec.method ?? 'ALL').toLowerCase() as 'all' | 'get' | 'post'
      router[method](spec.path ?? '/orders', ...(spec.route ?? []), async (ctx) => {
        const seen = ctx as unknown as KoaLike
        const { principal } = seen.state as { principal?: Principal }
        const handler = spec.handler ?? (() => ({ body: 'reached' }))
        const body = (): unknown => (ctx.request as { body?: unknown }).body
        const call = { req: ctx.req, res: ctx.res, seen: ctx, principal, exchange: exchangeOf(ctx), body }
        give(seen, await handler(call))
      })
      app.use(router.routes())
      return listen(app.callback(), errors, spec.tls)
    },
  }
}

export const koa3Host: Host = koaHost('Koa 3', () => new Koa())
export const koa2Host: Host = koaHost('Koa 2', () => new Koa2() as unknown as Koa)
