import { describeGate, type Middleware } from '@sallyport/core'
import { isDecided, mayRunUndecided } from './chain.ts'
import type { Cover } from './default-deny.ts'
import { watchList } from './watch-list.ts'

type Context = Parameters<Middleware>[0]
type Handler = ((ctx: Context, next: () => Promise<unknown>) => unknown) & { readonly param?: string; router?: unknown }

interface Layer {
  /** Empty for what `router.use()` mounts. */
  readonly methods: readonly string[]
  readonly path: unknown
  readonly stack: Handler[]
}

interface KoaRouter {
  readonly stack: Layer[]
}

interface KoaApp {
  readonly middleware: Handler[]
}

/** The function of the app's own, under one that looks first. */
const originals = new WeakMap<object, Handler>()
const covered = new WeakSet<object>()

export function isKoaApp(target: unknown): target is KoaApp {
  return isObject(target) && Array.isArray(target['middleware']) && typeof target['callback'] === 'function'
}

export function isKoaRouter(target: unknown): target is KoaRouter {
  return isObject(target) && Array.isArray(target['stack']) && typeof target['routes'] === 'function'
}

export function coverKoaApp(app: KoaApp, cover: Cover): void {
  watchList(app.middleware, (one) => {
    if (isKoaRouter(one.router)) coverKoaRouter(one.router, cover)
  })
  app.middleware.unshift(cover.watch as unknown as Handler)
}

export function coverKoaRouter(router: KoaRouter, cover: Cover): void {
  if (covered.has(router)) return
  covered.add(router)
  watchList(router.stack, (layer) => {
    if (layer.methods.length > 0) coverLayer(layer, cover)
  })
}

/** A router that is mounted in another one gives it copies of its entries, which are covered once more: the function beneath counts. */
function coverLayer(layer: Layer, cover: Cover): void {
  const refuse = cover.refusalFor(() => String(layer.path))
  for (const [i, given] of layer.stack.entries()) {
    const handler = originals.get(given) ?? given
    // What `router.param()` puts there keeps its mark, by which the router finds its place.
    if (describeGate(handler) || handler.param !== undefined) continue
    const looking: Handler = (ctx, next) => {
      const chain = layer.stack.map((one) => originals.get(one) ?? one)
      if (isDecided(ctx) || mayRunUndecided(chain, layer.stack.indexOf(looking))) return handler(ctx, next)
      return refuse(ctx, () => Promise.resolve(handler(ctx, next)))
    }
    originals.set(looking, handler)
    layer.stack[i] = looking
  }
}

function isObject(target: unknown): target is Readonly<Record<string, unknown>> {
  return typeof target === 'object' && target !== null
}
