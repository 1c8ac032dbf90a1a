import { decisionIn, describeGate, type GateDescription } from '@sallyport/core'
import { asFunction, type FoundRoute } from '../route.ts'
import { joined, samplesOf } from '../samples.ts'
import { appMountedAs } from './mounted-apps.ts'

/** An entry of a stack, as far as Express 4 and 5 have it in common. */
interface Layer {
  readonly handle: Function & { stack?: readonly Layer[] }
  readonly name?: string
  readonly method?: string
  readonly route?: {
    readonly path: unknown
    readonly methods: Readonly<Record<string, boolean>>
    readonly stack: readonly Layer[]
  }
  /** Express 5, since its router 2.3. */
  readonly rawPath?: unknown
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean; readonly fast_star?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
  match(path: string): unknown
}

/** Where a gate stands: how deep, and whom it asks. */
interface Standing {
  readonly gate: GateDescription
  readonly layer: Layer
  readonly depth: number
  /** `undefined` for all of them. */
  readonly method?: string
}

interface Walk {
  /** What the routers on the way are mounted on, one for each depth. */
  readonly prefixes: readonly string[]
  readonly gates: readonly Standing[]
  readonly unverifiable?: string | undefined
}

type App = Function & {
  readonly router?: Layer['handle']
  readonly _router?: Layer['handle']
  readonly lazyrouter?: unknown
}

export function isExpressApp(target: unknown): target is App {
  return typeof target === 'function' && 'handle' in target && 'set' in target
}

export function isExpressRouter(target: unknown): target is Layer['handle'] {
  return typeof target === 'function' && Array.isArray((target as { stack?: unknown }).stack)
}

export function stackOf(app: App): readonly Layer[] {
  // Express 4 throws where `router` is read.
  return ('lazyrouter' in app ? app._router?.stack : app.router?.stack) ?? []
}

export function readExpress(target: App | Layer['handle']): FoundRoute[] {
  const stack = isExpressApp(target) ? stackOf(target) : target.stack!
  return read(stack, { prefixes: ['/'], gates: [] })
}

function read(stack: readonly Layer[], { prefixes, gates: outer, unverifiable }: Walk): FoundRoute[] {
  const gates = [...outer]
  const depth = prefixes.length - 1
  return stack.flatMap((layer): FoundRoute[] => {
    const { route, handle } = layer
    const gate = describeGate(handle)
    if (gate) gates.push({ gate, layer, depth })
    if (gate || handle.length === 4 || isOwnOfExpress4(layer)) return []
    if (route) return routesOf(layer, route)
    return mountedBy(layer)
  })

  function routesOf(layer: Layer, route: NonNullable<Layer['route']>): FoundRoute[] {
    const chains = chainsOf(route)
    const found = [route.path]
      .flat(2)
      .flatMap((path) =>
        chains
          .filter(({ own }) => !own.every((one) => describeGate(one)))
          .map(({ method, own }) => routeAt(layer, path, method, own, 'head' in route.methods)),
      )
    // Such as `app.all('/api/*', gate)`: nobody ends there, and whoever goes on has passed.
    for (const { method, own } of chains) {
      const described = own.flatMap((one) => describeGate(one) ?? [])
      if (described.length < own.length) continue
      for (const gate of described) gates.push({ gate, layer, depth, ...(method !== undefined && { method }) })
    }
    return found
  }

  function routeAt(
    layer: Layer,
    path: unknown,
    method: string | undefined,
    own: readonly unknown[],
    hasHead: boolean,
  ): FoundRoute {
    const methods = method === undefined ? ['ALL'] : [method.toUpperCase()]
    if (method === 'get' && !hasHead) methods.push('HEAD')
    const text = typeof path === 'string' ? path : String(path)
    const shown = [...prefixes].reduceRight((behind, prefix) => joined(prefix, behind), text)
    const samples = typeof path === 'string' ? samplesOf(path).filter((sample) => matches(layer, sample)) : []
    const doubt = unverifiable ?? (samples.length === 0 ? 'its path is a regular expression, or has one' : undefined)
    if (doubt !== undefined) return { methods, path: shown, before: [], own, unverifiable: doubt }
    return { methods, path: shown, before: gatesBefore(samples, method), own, ...gapOf(samples, method) }
  }

  /** Gates that stand before all that the route takes: each gate's own matcher is asked, at its own depth. */
  function gatesBefore(samples: readonly string[], method: string | undefined): GateDescription[] {
    return forMethod(method)
      .filter((standing) => pathsOf(standing, samples).every((path) => matches(standing.layer, path)))
      .map(({ gate }) => gate)
  }

  /** A gate that stands before some of it only. */
  function gapOf(samples: readonly string[], method: string | undefined): Pick<FoundRoute, 'gap'> {
    for (const standing of forMethod(method)) {
      const paths = pathsOf(standing, samples)
      const missed = paths.find((path) => !matches(standing.layer, path))
      if (missed !== undefined && paths.some((path) => matches(standing.layer, path))) {
        return { gap: { gate: standing.gate.name, path: missed } }
      }
    }
    return {}
  }

  function forMethod(method: string | undefined): Standing[] {
    return gates.filter(({ method: only }) => only === undefined || only === method)
  }

  function pathsOf({ depth: at }: Standing, samples: readonly string[]): string[] {
    const between = prefixes.slice(at + 1)
    const mounts = between.length === 0 ? [''] : samplesOf(between.reduceRight((rest, one) => joined(one, rest), ''))
    return samples.flatMap((sample) => mounts.map((mount) => joined(mount, sample)))
  }

  function mountedBy(layer: Layer): FoundRoute[] {
    const { handle } = layer
    const prefix = mountPathOf(layer)
    const app = isExpressApp(handle) ? handle : appMountedAs(handle)
    const inner = app ? stackOf(app as App) : handle.stack
    if (!inner) {
      const at = prefix ?? '(unknown)'
      const shown = [...prefixes].reduceRight((behind, one) => joined(one, behind), at)
      const name = layer.name && layer.name !== '<anonymous>' ? layer.name : 'a function'
      const why =
        layer.name === 'mounted_app'
          ? 'an app is mounted there, and its routes cannot be seen'
          : `${name} is mounted there, and may answer by itself`
      const samples = prefix === undefined ? [] : samplesOf(prefix).filter((sample) => matches(layer, sample))
      const before = samples.length === 0 ? [] : gatesBefore(samples, undefined)
      // What is open is said by a gate beside it.
      return [mounted(shown, before, handle, why)]
    }
    const doubt = unverifiable ?? (prefix === undefined ? 'where its router is mounted cannot be read' : undefined)
    return read(inner, { prefixes: [...prefixes, prefix ?? '/(unknown)'], gates, unverifiable: doubt })
  }
}

/** What stands on a route for each of its methods; `app.all()` gives every method the same, and is one again here. */
function chainsOf({ methods, stack }: NonNullable<Layer['route']>): { method: string | undefined; own: unknown[] }[] {
  const chains = Object.keys(methods).map((name) => {
    const method = name === '_all' ? undefined : name
    // Functions for errors serve nobody.
    const serving = stack.filter(({ handle }) => handle.length < 4)
    const own = serving.filter((one) => one.method === undefined || one.method === method).map(({ handle }) => handle)
    return { method, own }
  })
  const [first] = chains
  const isAll = chains.length > 20 && chains.every(({ own }) => own.every((one, i) => one === first!.own[i]))
  return isAll ? [{ method: undefined, own: first!.own }] : chains
}

/** A gate of `use()` speaks for what `use()` mounts behind it, as one on a route does for the route. */
function mounted(path: string, before: readonly GateDescription[], handle: unknown, why: string): FoundRoute {
  const isDecided = before.some(({ requires }) => decisionIn(requires) !== undefined)
  const own = isDecided ? [...before.map((gate) => asFunction(gate)), handle] : [handle]
  return { methods: ['USE'], path, before: isDecided ? [] : before, own, ...(!isDecided && { unverifiable: why }) }
}

function matches(layer: Layer, path: string): boolean {
  try {
    return Boolean(layer.match(path))
  } catch {
    return false
  }
}

function mountPathOf({ rawPath, regexp, keys = [], ...layer }: Layer): string | undefined {
  if (typeof rawPath === 'string') return rawPath
  if (rawPath !== undefined || !regexp) return 'slash' in layer && layer.slash === true ? '/' : undefined
  if (regexp.fast_slash) return '/'
  // Express 4 keeps nothing but the expression that it made: taken back to a path, and asked whether it is that one.
  let key = 0
  const path = regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replaceAll(/\(\?:\\\/\(\[\^\\?\/\]\+\?\)\)/g, () => `/:${String(keys[key++]?.name ?? 'unknown')}`)
    .replaceAll('\\/', '/')
    .replaceAll(/\\([.-])/g, '$1')
  return /[\\()[\]|^$?*+]/.test(path) ? undefined : path
}

/** What Express 4 puts before everything. */
function isOwnOfExpress4({ name, regexp }: Layer): boolean {
  return regexp !== undefined && (name === 'query' || name === 'expressInit')
}
