import { coreError, optionError } from '@sallyport/core'
import { checkRuleGates, gatesOf, type RuleGateOptions } from './rule-gates.ts'
import type { RouteMethod } from './route-decorators.ts'
import { methodNames, prefixOf, routesOf, rulesOf } from './rules.ts'

/** A router of Express 4 or 5, or of @koa/router, as far as routes are put on it. */
export type AnyRouter = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete' | 'all', Function>>

/** Options of `mountController`: the gates that enforce the rules. */
export interface MountOptions extends RuleGateOptions {}

/**
 * Puts the methods of a controller on a router, each behind the gates of its rules.
 *
 * ```ts
 * mountController(app, new OrdersController(), { access })
 * ```
 * The methods are called as the router's own handlers are: `(req, res, next)` or `(ctx, next)`.
 * @param router an app or a router of Express 4 or 5, or a router of @koa/router
 * @throws SecurityError ERR_OPTION before anything is mounted: for a method without a rule, a rule without a gate, rules on a method without a
 *   route, and a class in place of an instance
 */
export function mountController(router: AnyRouter, controller: object, options: MountOptions = {}): void {
  checkRuleGates('mountController', options)
  if (typeof controller === 'function') {
    throw optionError('mountController', 'controller', controller.name, {
      accepts: `an instance: new ${controller.name}()`,
    })
  }
  const call = callerOf(router)
  const type = controller.constructor
  const prefix = prefixOf(type)
  const planned = methodNames(type).flatMap((name) => {
    const where = `${type.name}.${String(name)}`
    const routes = routesOf(type, name)
    if (routes.length === 0) return refuseUnreached(type, name, where)
    const gates = gatesOf(where, rulesOf(type, name), options)
    return routes.map(({ method, path }) => ({ method, path: joined(prefix, path), gates, name }))
  })
  if (planned.length === 0) {
    throw coreError('ERR_OPTION', {
      message: `mountController: ${type.name} has no method with @Get, @Post or another route`,
    })
  }
  for (const { method, path, gates, name } of planned) add(router, method, path, [...gates, call(controller, name)])
}

/** A rule on a method that nothing reaches is a mistake: most likely its route is elsewhere, unguarded. */
function refuseUnreached(type: Function, name: PropertyKey, where: string): [] {
  const own = rulesOf(type, name).all.length
  const ofClass = rulesOf(type, Symbol('no method')).all.length
  if (own === ofClass) return []
  throw coreError('ERR_OPTION', { message: `${where} has rules and no route: put @Get, @Post or another one on it` })
}

function add(router: AnyRouter, method: RouteMethod, path: string, handlers: readonly Function[]): void {
  const put = (router as Readonly<Record<string, Function>>)[method]
  if (typeof put !== 'function')
    throw optionError('mountController', 'router', method, { accepts: 'a router that has this method' })
  put.call(router, path, ...handlers)
}

type Caller = (controller: object, name: PropertyKey) => Function

function callerOf(router: AnyRouter): Caller {
  if (typeof router?.get !== 'function' || typeof router.post !== 'function') {
    throw optionError('mountController', 'router', typeof router, {
      accepts: 'an app or a router of Express 4 or 5, or a router of @koa/router',
    })
  }
  // Routers and apps of Express are functions.
  return typeof router === 'function' ? callOnExpress : callOnKoa
}

const callOnKoa: Caller = (controller, name) => {
  const methods = controller as Readonly<Record<PropertyKey, Function>>
  return (ctx: unknown, next: unknown): unknown => methods[name]!.call(controller, ctx, next) as unknown
}

/** Express 4 does not wait for a handler: what it rejects with goes on to the app's own handling here. */
const callOnExpress: Caller = (controller, name) => {
  const methods = controller as Readonly<Record<PropertyKey, Function>>
  return (req: unknown, res: unknown, next: (err: unknown) => void): void => {
    void (async () => methods[name]!.call(controller, req, res, next) as unknown)().catch(next)
  }
}

function joined(prefix: string, path: string): string {
  const whole = `${prefix.replace(/\/+$/, '')}${path === '/' && prefix !== '' ? '' : path}`
  return whole === '' ? '/' : whole
}
