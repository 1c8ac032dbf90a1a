import { describeGate, exchangeOf } from '@sallyport/core'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDecided, mayRunUndecided } from './chain.ts'
import type { Cover } from './default-deny.ts'
import { watchList } from './watch-list.ts'

type Next = (err?: unknown) => void
type Handle = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown

/** One entry of a router's or a route's stack; Express 4 and 5 name the way in differently. */
interface Layer {
  readonly handle: unknown
  readonly name?: string
  readonly route?: Route
  /** Of an entry of a route; none is any. */
  readonly method?: string
  handleRequest?: Handle
  handle_request?: Handle
}

interface Route {
  readonly path: unknown
  readonly methods: Readonly<Record<string, boolean>>
  readonly stack: Layer[]
}

interface ExpressRouter extends Function {
  stack: Layer[]
  handle: Handle
}

interface ExpressApp extends Function {
  handle: Handle
  set: unknown
  use: (...args: unknown[]) => unknown
  /** Express 5: made when it is first read, by the settings of that moment. */
  readonly router?: ExpressRouter
  /** Express 4: made when it is first needed, by the settings of that moment. */
  _router?: ExpressRouter
  lazyrouter?: () => void
}

/** What is covered already, by which cover. */
const covered = new WeakMap<object, WeakSet<object>>()

export function isExpressRouter(target: unknown): target is ExpressRouter {
  return typeof target === 'function' && Array.isArray((target as Partial<ExpressRouter>).stack) && 'handle' in target
}

export function isExpressApp(target: unknown): target is ExpressApp {
  return (
    typeof target === 'function' &&
    'handle' in target &&
    'set' in target &&
    ('lazyrouter' in target || hasRouter(target))
  )
}

/** Reading it would make the router. */
function hasRouter(target: Function): boolean {
  return Object.getOwnPropertyDescriptor(target, 'router')?.get !== undefined
}

/** The router is made by the app's settings when it is first used; that moment stays the app's. */
export function coverExpressApp(app: ExpressApp, cover: Cover): void {
  if (!isFirst(app, cover)) return
  const { lazyrouter } = app
  if (lazyrouter) {
    app.lazyrouter = () => {
      lazyrouter.call(app)
      coverExpressRouter(app._router!, cover)
    }
    if (app._router) coverExpressRouter(app._router, cover)
  } else {
    const { get } = Object.getOwnPropertyDescriptor(app, 'router')!
    Object.defineProperty(app, 'router', {
      configurable: true,
      enumerable: true,
      get(): ExpressRouter {
        const router = get!.call(app) as ExpressRouter
        coverExpressRouter(router, cover)
        return router
      },
    })
  }
  const { use } = app
  app.use = (...args) => {
    // A mounted app is called through a function that does not tell which one it is.
    for (const one of args.flat(Infinity)) if (isExpressApp(one)) coverExpressApp(one, cover)
    return use.apply(app, args)
  }
}

/** @param isPart whether it is mounted in what is covered: the response is looked at already */
export function coverExpressRouter(router: ExpressRouter, cover: Cover, isPart = false): void {
  if (!isFirst(router, cover)) return
  const { handle } = router
  let stack: Layer[] | undefined
  const look = (): void => {
    if (router.stack === stack) return
    stack = router.stack
    watchList(stack, (layer) => coverLayer(layer, cover))
  }
  look()
  router.handle = (req, res, next) => {
    look()
    if (isPart) return handle.call(router, req, res, next)
    // What it does not answer goes on to others, whom it does not cover.
    const out: Next = (err) => {
      cover.leave(req)
      next(err)
    }
    return cover.watch(req, res, (err) => (err === undefined ? handle.call(router, req, res, out) : next(err)))
  }
}

function coverLayer(layer: Layer, cover: Cover): void {
  if (!isFirst(layer, cover)) return
  const { route, handle } = layer
  if (route) watchList(route.stack, (inner) => coverHandler(route, inner, cover))
  else if (isExpressApp(handle)) coverExpressApp(handle, cover)
  else if (isExpressRouter(handle)) coverExpressRouter(handle, cover, true)
  else if (layer.name === 'mounted_app') {
    cover.warn(
      'access.defaultDeny() came after an app was mounted: of its routes only the answers are covered. Call it first',
    )
  }
}

/** The way in is taken, not the function: whoever lists routes still finds it. */
function coverHandler(route: Route, layer: Layer, cover: Cover): void {
  if (!isFirst(layer, cover) || describeGate(layer.handle)) return
  const name = layer.handleRequest ? 'handleRequest' : 'handle_request'
  const original = layer[name]!
  const refuse = cover.refusalFor(() => String(route.path))
  layer[name] = (req, res, next) => {
    const proceed = (): unknown => original.call(layer, req, res, next)
    if (isDecided(req) || prepares(route, layer, req)) return proceed()
    return refuse(req, res, (err) => (err === undefined ? void proceed() : next(err)))
  }
}

function prepares(route: Route, layer: Layer, req: IncomingMessage): boolean {
  const asked = exchangeOf(req)?.method.toLowerCase()
  const method = asked === 'head' && !route.methods['head'] ? 'get' : asked
  const chain = route.stack.filter((one) => one.method === undefined || one.method === method)
  return mayRunUndecided(
    chain.map(({ handle }) => handle),
    chain.indexOf(layer),
  )
}

function isFirst(one: object, cover: Cover): boolean {
  const by = covered.get(one) ?? new WeakSet()
  covered.set(one, by)
  if (by.has(cover)) return false
  by.add(cover)
  return true
}
