import { decisionIn, describeGate, GATE, type GateDescription } from '@sallyport/core'

/** What is known of who may use a route. */
export type RouteVerdict = 'permission' | 'login' | 'public' | 'undecided' | 'unverifiable' | 'withheld'

/** A route with what stands before its handler. */
export interface ListedRoute {
  /** Methods by which it is reached; `ALL` for any, `USE` for what is mounted without a route. */
  readonly methods: readonly string[]
  readonly path: string
  readonly verdict: RouteVerdict
  /** Why it is public, needs a login only, or cannot be verified. */
  readonly why?: string
  /** Names of the gates before its handler, in their order. */
  readonly gates: readonly string[]
  readonly authentication: 'none' | 'optional' | 'required' | 'unknown'
  /** All of them are demanded. */
  readonly permissions: readonly string[]
  /** One of each list is demanded. */
  readonly anyPermissions: readonly (readonly string[])[]
  readonly scopes: readonly string[]
  readonly factors: readonly string[]
}

/** All routes of an app. */
export interface RouteList {
  readonly framework: string
  /** Whether `access.defaultDeny()` refuses at run time what nobody decided about. */
  readonly defaultDeny: boolean
  readonly routes: readonly ListedRoute[]
}

/** What a reader finds of one route. */
export interface FoundRoute {
  readonly methods: readonly string[]
  readonly path: string
  /** Gates that every request comes past before it gets to the route. */
  readonly before: readonly GateDescription[]
  /** What stands on the route itself, in its order, the handler included. */
  readonly own: readonly unknown[]
  /** Why it cannot be known what stands before it. */
  readonly unverifiable?: string
  /** A gate that stands before some of its paths only, and a path before which it does not. */
  readonly gap?: { readonly gate: string; readonly path: string }
}

/** Judges a route by the rules of `access.defaultDeny()`. */
export function judge({ methods, path, before, own, unverifiable, gap }: FoundRoute): ListedRoute {
  const inFront = gatesOf(own)
  const gates = [...before, ...inFront]
  const decisions = gates.map(({ requires }) => decisionIn(requires))
  const isOpen = inFront.find(({ requires }) => decisionIn(requires) === 'public')
  const login = gates.find(({ requires }) => requires.login !== undefined)
  const all = gates.map(({ requires }) => requires)
  const known = {
    methods,
    path,
    gates: gates.map(({ name }) => name),
    permissions: all.flatMap(({ permissions = [] }) => permissions),
    anyPermissions: all.flatMap(({ anyPermissions = [] }) => anyPermissions),
    scopes: all.flatMap(({ scopes = [] }) => scopes),
    factors: all.flatMap(({ factors = [] }) => factors),
  }
  const authentication = all.some((one) => one.authentication === 'required')
    ? 'required'
    : (all.find((one) => one.authentication !== undefined)?.authentication ?? 'unknown')
  if (unverifiable !== undefined) return { ...known, authentication, verdict: 'unverifiable', why: unverifiable }
  if (decisions.includes('permission')) return { ...known, authentication, verdict: 'permission' }
  if (login) return { ...known, authentication, verdict: 'login', why: login.requires.login! }
  if (isOpen) return { ...known, authentication, verdict: 'public', why: isOpen.requires.public! }
  const why = gap && `${gap.gate} stands before some spellings of its path, and not before ${gap.path}`
  return { ...known, authentication, verdict: 'undecided', ...(why !== undefined && { why }) }
}

/** Gates before the last function that is none: one behind the handler keeps nobody out. */
function gatesOf(own: readonly unknown[]): GateDescription[] {
  const handler = own.findLastIndex((one) => describeGate(one) === undefined)
  return own.slice(0, handler === -1 ? own.length : handler).flatMap((one) => describeGate(one) ?? [])
}

/** A gate of which there is only the description, as a function that carries it. */
export function asFunction(gate: GateDescription): object {
  return Object.defineProperty(() => undefined, GATE, { value: gate })
}
