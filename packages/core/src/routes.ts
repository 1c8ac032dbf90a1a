import type { Environment } from './environment.ts'
import type { Exchange } from './exchange.ts'
import type { Answer } from './gate.ts'
import { defineMiddleware, type Middleware } from './hosts/middleware.ts'
import type { OptionRule } from './options.ts'

/** What stood in a path in the place of each `:name`, decoded. */
export type RouteParameters = Readonly<Record<string, string>>

/** What is done with one method at one path. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The whole path, also below a mounted router. A segment `:name` stands for any one segment that is not empty. */
  readonly path: string
  answer(exchange: Exchange, parameters: RouteParameters): Answer | Promise<Answer>
}

/** What `defineRoutes` is given. */
export interface RoutesDefinition {
  /** Shown in listings, events and debug lines. */
  readonly name: string
  readonly environment: Environment
  readonly routes: readonly Route[]
}

/** For the option that says where routes are: their whole path, also below a mounted router. */
export const prefixRule: OptionRule = {
  accepts: "a path such as '/auth', without a slash at its end, or an empty string",
  test: (v) => v === '' || (typeof v === 'string' && /^(?:\/[\w.~!$&'()*+,;=@%-]+)+$/.test(v)),
}

interface Place {
  readonly segments: readonly string[]
  readonly methods: Map<string, Route>
}

/**
 * Makes ready routes, as one middleware that is mounted on every host alike. A request for none of them passes, as does OPTIONS: CORS
 * stands before it, or the app answers by itself. Another method is answered 405.
 */
export function defineRoutes({ name, environment, routes }: RoutesDefinition): Middleware {
  const exact = new Map<string, Place>()
  const patterns = new Map<string, Place>()
  for (const route of routes) {
    const places = route.path.includes('/:') ? patterns : exact
    const place = places.get(route.path) ?? { segments: route.path.split('/'), methods: new Map() }
    places.set(route.path, place)
    place.methods.set(route.method, route)
  }

  return defineMiddleware({
    name,
    requires: { authentication: 'none' },
    environment,
    gate(exchange) {
      const { path, method } = exchange
      const here = exact.get(path)
      const found = here === undefined ? match(path) : { place: here, parameters: {} }
      if (found === undefined || method === 'OPTIONS') return undefined
      const { methods } = found.place
      // Node leaves the body out where the method is HEAD.
      const route = methods.get(method === 'HEAD' ? 'GET' : method)
      if (route === undefined) return { status: 405, headers: { allow: [...methods.keys()].join(', ') } }
      return route.answer(exchange, found.parameters)
    },
  })

  function match(path: string): { place: Place; parameters: RouteParameters } | undefined {
    if (patterns.size === 0) return undefined
    const segments = path.split('/')
    for (const place of patterns.values()) {
      const parameters = parametersOf(place.segments, segments)
      if (parameters !== undefined) return { place, parameters }
    }
    return undefined
  }
}

function parametersOf(pattern: readonly string[], segments: readonly string[]): RouteParameters | undefined {
  if (pattern.length !== segments.length) return undefined
  const found: [string, string][] = []
  for (const [i, wanted] of pattern.entries()) {
    const given = segments[i]!
    if (!wanted.startsWith(':')) {
      if (given !== wanted) return undefined
      continue
    }
    const value = decoded(given)
    if (value === undefined || value === '') return undefined
    found.push([wanted.slice(1), value])
  }
  return Object.fromEntries(found)
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
