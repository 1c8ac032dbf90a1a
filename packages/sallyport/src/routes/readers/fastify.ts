import { describeGate, type GateDescription } from '@sallyport/core'
import { subscribe } from 'node:diagnostics_channel'
import type { FoundRoute } from '../route.ts'

type Hook = 'onRequest' | 'preParsing' | 'preValidation' | 'preHandler'
const HOOKS: readonly Hook[] = ['onRequest', 'preParsing', 'preValidation', 'preHandler']

interface RouteOptions extends Partial<Record<Hook, unknown>> {
  readonly method: string | readonly string[]
  readonly url: string
  readonly handler: unknown
}

interface Fastify {
  addHook(name: 'onRoute', hook: (this: object, route: RouteOptions) => void): unknown
  ready(): PromiseLike<unknown>
  printRoutes: unknown
}

/** The routes of each app, with the part of the app in which each stands. */
const seen = new WeakMap<object, { readonly part: object; readonly route: RouteOptions }[]>()

export function isFastify(target: unknown): target is Fastify {
  const { addHook, printRoutes } = (target ?? {}) as Partial<Fastify>
  return typeof addHook === 'function' && typeof printRoutes === 'function'
}

/** Listens to every app of Fastify from its first moment: later there is no way to ask for its routes with their hooks. */
export function watchFastify(): void {
  subscribe('fastify.initialization', (message) => {
    const { fastify: app } = message as { fastify: Fastify }
    const routes: { part: object; route: RouteOptions }[] = []
    seen.set(app, routes)
    app.addHook('onRoute', function (route) {
      routes.push({ part: this, route: { ...route } })
    })
  })
}

/** @returns nothing for an app that was made before anybody listened */
export async function readFastify(app: Fastify): Promise<FoundRoute[] | undefined> {
  await app.ready()
  return seen.get(app)?.map(({ part, route }) => {
    const own = HOOKS.flatMap((hook) => [route[hook] ?? []].flat())
    const before = HOOKS.flatMap((hook) => hooksOf(part)[hook] ?? []).flatMap((one): GateDescription[] => {
      const gate = describeGate(one)
      return gate ? [gate] : []
    })
    return { methods: methodsOf(route), path: route.url, before, own: [...own, route.handler] }
  })
}

/** Hooks of a part of the app, those of the parts around it included. */
function hooksOf(part: object): Partial<Record<Hook, unknown[]>> {
  for (let one: object | null = part; one; one = Object.getPrototypeOf(one) as object | null) {
    const key = Object.getOwnPropertySymbols(one).find(({ description }) => description === 'fastify.hooks')
    if (key) return (one as Record<symbol, Partial<Record<Hook, unknown[]>>>)[key]!
  }
  return {}
}

/** `app.all()` names every method that Fastify knows. */
function methodsOf({ method }: RouteOptions): readonly string[] {
  const methods = [method].flat() as string[]
  return methods.length > 7 ? ['ALL'] : methods
}
