import type { createRequire } from 'node:module'
import { UsageError } from '../command.ts'
import { loadApp } from './load-app.ts'
import { isExpressApp, isExpressRouter, readExpress } from './readers/express.ts'
import { isFastify, readFastify } from './readers/fastify.ts'
import { isHono, readHono } from './readers/hono.ts'
import { isKoaApp, isKoaRouter, readKoa } from './readers/koa.ts'
import { isNestApp, isNestModule, readNest } from './readers/nest.ts'
import { judge, type FoundRoute, type ListedRoute, type RouteList } from './route.ts'

interface Reader {
  readonly framework: string
  readonly isOne: (target: never) => boolean
  readonly read: (
    target: never,
    fromApp: ReturnType<typeof createRequire>,
  ) => readonly FoundRoute[] | undefined | Promise<readonly FoundRoute[] | undefined>
}

/** In this order: an app of Express 4 throws where others are looked into. */
const readers: readonly Reader[] = [
  { framework: 'Express', isOne: isExpressApp, read: readExpress },
  { framework: 'Express', isOne: isExpressRouter, read: readExpress },
  { framework: 'Koa', isOne: isKoaApp, read: readKoa },
  { framework: 'Koa', isOne: isKoaRouter, read: readKoa },
  { framework: 'Nest', isOne: isNestApp, read: readNest },
  { framework: 'Nest', isOne: isNestModule, read: readNest },
  { framework: 'Fastify', isOne: isFastify, read: readFastify },
  { framework: 'Hono', isOne: isHono, read: readHono },
]

/** Under this key an app says that `access.defaultDeny()` covers it. */
const COVERED = Symbol.for('sallyport.default-deny')

/**
 * Lists the routes of the app that a module exports, with the gates before each.
 * @param file path of the module
 * @param name of the export. @default the first one that is an app
 * @throws UsageError where there is no app, or it came into being unseen
 */
export async function listRoutes(file: string, name?: string): Promise<RouteList> {
  const { app, fromApp } = await loadApp(file, name, (value) => readerOf(value) !== undefined)
  const { framework, read } = readerOf(app)!
  const found = await read(app as never, fromApp)
  if (!found) {
    throw new UsageError(`the app of ${file} was not seen when it was made: nothing of its routes can be known`)
  }
  const mark = (app as { [COVERED]?: { readonly reportOnly: boolean } })[COVERED]
  const defaultDeny = mark !== undefined && !mark.reportOnly
  const routes = found.map((one) => judge(one))
  return { framework, defaultDeny, routes: defaultDeny ? routes.map(withheld) : routes }
}

function readerOf(value: unknown): Reader | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  return readers.find(({ isOne }) => (isOne as (target: unknown) => boolean)(value))
}

function withheld(route: ListedRoute): ListedRoute {
  const isMounted = route.verdict === 'unverifiable' && route.methods[0] === 'USE'
  return isMounted ? { ...route, verdict: 'withheld', why: 'access.defaultDeny() withholds what it answers' } : route
}
