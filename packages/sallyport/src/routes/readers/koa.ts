import { describeGate, type GateDescription } from '@sallyport/core'
import type { FoundRoute } from '../route.ts'
import { samplesOf } from '../samples.ts'

interface Layer {
  readonly methods: readonly string[]
  readonly path: unknown
  readonly stack: readonly unknown[]
  match(path: string): boolean
}

interface KoaRouter {
  readonly stack: readonly Layer[]
  readonly methods?: readonly string[]
  match(path: string, method: string): { readonly pathAndMethod: readonly Layer[] }
}

interface KoaApp {
  readonly middleware: readonly (Function & { readonly router?: KoaRouter })[]
}

export function isKoaApp(target: unknown): target is KoaApp {
  return Array.isArray((target as Partial<KoaApp> | null)?.middleware) && typeof target === 'object'
}

export function isKoaRouter(target: unknown): target is KoaRouter {
  return (
    Array.isArray((target as Partial<KoaRouter> | null)?.stack) && typeof target === 'object' && 'routes' in target!
  )
}

export function readKoa(target: KoaApp | KoaRouter): FoundRoute[] {
  if (isKoaRouter(target)) return readRouter(target, [])
  const before: GateDescription[] = []
  return target.middleware.flatMap((one): FoundRoute[] => {
    const gate = describeGate(one)
    if (gate) before.push(gate)
    if (gate) return []
    if (one.router) return readRouter(one.router, before)
    const why = `${one.name || 'a function'} is mounted there, and may answer by itself`
    return [{ methods: ['USE'], path: '/', before: [...before], own: [one], unverifiable: why }]
  })
}

function readRouter(router: KoaRouter, before: readonly GateDescription[]): FoundRoute[] {
  const all = router.methods?.length ?? 7
  return router.stack.flatMap((layer): FoundRoute[] => {
    const { path, stack, methods } = layer
    if (methods.length === 0) return []
    const shown = methods.length >= all ? ['ALL'] : methods.toSorted()
    const own = stack.filter((one) => (one as { param?: string }).param === undefined)
    const samples = typeof path === 'string' ? samplesOf(path).filter((sample) => layer.match(sample)) : []
    const chains = samples.flatMap((sample) =>
      methods.map((method) => ({ sample, gates: gatesTo(router, layer, sample, method) })),
    )
    const isKnown = chains.length > 0 && chains.every(({ gates }) => gates !== undefined)
    if (!isKnown) {
      const unverifiable = 'its path is a regular expression, has one, or other routes take its requests'
      return [{ methods: shown, path: String(path), before: [...before], own, unverifiable }]
    }
    // What stands before some of the route's paths only stands before none of it.
    const anywhere = [...new Set(chains.flatMap(({ gates }) => gates!))]
    const gapOf = (gate: GateDescription) => chains.find(({ gates }) => !gates!.includes(gate))?.sample
    const inside = anywhere.filter((gate) => gapOf(gate) === undefined)
    const partly = anywhere.find((gate) => gapOf(gate) !== undefined)
    const gap = partly && { gap: { gate: partly.name, path: gapOf(partly)! } }
    return [{ methods: shown, path: path as string, before: [...before, ...inside], own, ...gap }]
  })
}

/** The gates that the router itself puts before a route; nothing where it does not come to the route. */
function gatesTo(router: KoaRouter, layer: Layer, sample: string, method: string): GateDescription[] | undefined {
  const chain = router.match(sample, method).pathAndMethod
  const position = chain.indexOf(layer)
  if (position === -1) return undefined
  return chain.slice(0, position).flatMap(({ methods, stack }) => {
    const gates = stack.map((one) => describeGate(one))
    // Another route whose handler may answer is no guard of this one.
    const passesOn = methods.length === 0 || gates.every((gate) => gate !== undefined)
    return passesOn ? gates.flatMap((gate) => gate ?? []) : []
  })
}
