import { describeGate, type GateDescription } from '@sallyport/core'
import type { FoundRoute } from '../route.ts'
import { samplesOf } from '../samples.ts'

type Handler = Function & { readonly __COMPOSED_HANDLER?: Handler }

interface Entry {
  readonly method: string
  readonly path: string
  readonly handler: Handler
}

interface HonoApp {
  readonly routes: readonly Entry[]
  readonly router: {
    match(method: string, path: string): readonly [readonly (readonly [readonly [Handler, Entry], unknown])[]]
  }
}

export function isHono(target: unknown): target is HonoApp {
  const { routes, router, fetch } = (target ?? {}) as Partial<HonoApp> & { fetch?: unknown }
  return Array.isArray(routes) && typeof fetch === 'function' && typeof router?.match === 'function'
}

export function readHono(app: HonoApp): FoundRoute[] {
  return groupsOf(app.routes).flatMap((entries): FoundRoute[] => {
    const own = entries.map(({ handler }) => original(handler))
    if (own.every((one) => describeGate(one))) return []
    const { method, path } = entries[0]!
    const isMounted = method === 'ALL' && /(^|\/)\*$/.test(path)
    const methods = isMounted ? ['USE'] : method === 'GET' ? ['GET', 'HEAD'] : [method]
    const chains = samplesOf(path).flatMap((sample) => gatesTo(app, entries, sample) ?? [])
    const decided = chains.length > 0 ? everywhere(chains) : []
    const name = own.find((one) => !describeGate(one))!.name || 'a function'
    if (isMounted) {
      return [
        { methods, path, before: decided, own, unverifiable: `${name} is mounted there, and may answer by itself` },
      ]
    }
    if (chains.length > 0) return [{ methods, path, before: decided, own }]
    const unverifiable = 'its path has a regular expression, or other routes take its requests'
    return [{ methods, path, before: [], own, unverifiable }]
  })
}

/** What one call registers comes as several entries, one after the other. */
function groupsOf(routes: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = []
  for (const entry of routes) {
    const last = groups.at(-1)
    const { method, path } = last?.[0] ?? {}
    const isMiddleware = entry.method === 'ALL' && entry.path.endsWith('*')
    if (last && method === entry.method && path === entry.path && !isMiddleware) last.push(entry)
    else groups.push([entry])
  }
  return groups
}

/** The gates that Hono's own router puts before the group, in a list of its own; nothing where it does not come to it. */
function gatesTo(app: HonoApp, entries: readonly Entry[], sample: string): [GateDescription[]] | undefined {
  const { method } = entries[0]!
  const chain = app.router.match(method === 'ALL' ? 'GET' : method, sample)[0].map(([[, entry]]) => entry)
  const position = chain.indexOf(entries[0]!)
  if (position === -1) return undefined
  return [chain.slice(0, position).flatMap(({ handler }) => describeGate(original(handler)) ?? [])]
}

function everywhere([first = [], ...others]: readonly GateDescription[][]): GateDescription[] {
  return first.filter((gate) => others.every((chain) => chain.includes(gate)))
}

/** Hono wraps handlers of a part of an app that has its own handling of errors. */
function original(handler: Handler): Handler {
  return handler.__COMPOSED_HANDLER ? original(handler.__COMPOSED_HANDLER) : handler
}
