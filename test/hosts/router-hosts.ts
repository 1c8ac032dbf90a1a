import Router, { type RouterMiddleware } from '@koa/router'
import { problemDetails, type Middleware } from '@sallyport/core'
import express5 from 'express'
import express4 from 'express4'
import Koa from 'koa'
import { describe } from 'vitest'
import type { RunningApp } from './host.ts'
import { listen } from './listen.ts'

/** A handler, or anything else that stands on a route. */
export type Step = Middleware | 'handler' | 'passes on' | 'answers 418'

/** An app or router as far as these tests build one, on every framework alike. */
export interface Building {
  readonly native: object
  /** @param steps a path first, where it is not for all */
  use(...steps: readonly (string | Middleware | Building)[]): void
  route(method: 'get' | 'post' | 'all', path: string, ...steps: Step[]): void
}

export interface RouterHost {
  readonly name: string
  readonly koa: boolean
  app(): Building
  router(options?: { caseSensitive?: boolean; strict?: boolean }): Building
  start(app: Building): Promise<RunningApp>
}

/** How often handlers were called, since the test began. */
export const reached: string[] = []

type ExpressLike = Record<'use' | 'get' | 'post' | 'all', (...args: unknown[]) => unknown>

function expressHost(name: string, express: typeof express5): RouterHost {
  const step = (one: string | Middleware | Building): unknown => {
    if (typeof one === 'function') return one
    if (typeof one === 'object') return one.native
    if (one === 'passes on') return (_req: unknown, _res: unknown, next: () => void) => next()
    if (one === 'answers 418') return (_req: unknown, res: express5.Response) => void res.status(418).end()
    if (one === 'handler') {
      return (req: express5.Request, res: express5.Response) => {
        reached.push(req.originalUrl)
        res.send('reached')
      }
    }
    return one
  }
  const building = (native: ExpressLike): Building => ({
    native,
    use: (...steps) => void native.use(...steps.map(step)),
    route: (method, path, ...steps) => void native[method](path, ...steps.map(step)),
  })
  return {
    name,
    koa: false,
    app() {
      const app = express()
      app.set('env', 'test')
      return building(app as unknown as ExpressLike)
    },
    router: (options) => building(express.Router(options) as unknown as ExpressLike),
    start(app) {
      const errors: unknown[] = []
      const native = app.native as express5.Express
      native.use((err: unknown, _req: unknown, _res: unknown, next: (err: unknown) => void) => {
        errors.push(err)
        next(err)
      })
      native.use(problemDetails())
      return listen(native, errors)
    },
  }
}

const koaHost: RouterHost = {
  name: 'Koa with @koa/router',
  koa: true,
  app() {
    const app = new Koa()
    app.use(problemDetails())
    const router = new Router()
    app.use(router.routes())
    return koaBuilding(router, app)
  },
  router: ({ caseSensitive = false, strict = false } = {}) =>
    koaBuilding(new Router({ sensitive: caseSensitive, strict })),
  start: (app) => listen((app.native as Koa).callback(), []),
}

function koaBuilding(router: Router, app?: Koa): Building & { router: Router } {
  const step = (one: string | Middleware | Building): RouterMiddleware => {
    if (typeof one === 'function') return one as unknown as RouterMiddleware
    if (typeof one === 'object') return (one as Building & { router: Router }).router.routes() as RouterMiddleware
    if (one === 'passes on') return (_ctx, next) => next()
    if (one === 'answers 418') return (ctx) => void (ctx.status = 418)
    return (ctx) => {
      reached.push(ctx.originalUrl)
      ctx.body = 'reached'
    }
  }
  return {
    native: app ?? router,
    router,
    use(...steps) {
      const [first, ...rest] = steps
      // A path of '/' is that path alone in this router, and every path in Express.
      if (first === '/') router.use(...rest.map(step))
      else if (typeof first === 'string' && first.startsWith('/')) router.use(first, ...rest.map(step))
      // What stands beside the router in an app, as `koa-static` does.
      else if (app && typeof first !== 'object') for (const one of steps) app.use(step(one) as never)
      else router.use(...steps.map(step))
    },
    route: (method, path, ...steps) => void router[method](path, ...steps.map(step)),
  }
}

export const routerHosts: readonly RouterHost[] = [
  expressHost('Express 5', express5),
  expressHost('Express 4', express4 as unknown as typeof express5),
  koaHost,
]

export function describeRouters(subject: string, body: (host: RouterHost) => void): void {
  for (const host of routerHosts) {
    describe(`${subject} on ${host.name}`, () => {
      body(host)
    })
  }
}
