/** How fresh or strong a login must be. */
export interface MfaDemand {
  /** Seconds since the last proof of a second factor. */
  readonly maxAge?: number
  /** Authentication context class (OpenID Connect Core, section 2). */
  readonly acr?: string
}

/** What a decorator says about a method, or about all methods of a class. */
export type Rule =
  | { readonly kind: 'permission'; readonly permissions: readonly string[]; readonly quantifier: 'all' | 'any' }
  | { readonly kind: 'scope'; readonly scopes: readonly string[] }
  | { readonly kind: 'mfa'; readonly demand: MfaDemand }
  | { readonly kind: 'login'; readonly why: string }
  | { readonly kind: 'public'; readonly why: string }
  | { readonly kind: 'audit'; readonly action: string }

/** The rules of one method, as they add up. */
export interface Rules {
  readonly all: readonly Rule[]
  /** Whether one of them decides who may be there. */
  readonly isDecided: boolean
}

/** Says who may, and stands aside where something nearer says it anew. */
function decides({ kind }: Rule): boolean {
  return kind === 'permission' || kind === 'scope' || kind === 'login' || kind === 'public'
}

/**
 * Adds rules up, from the farthest (the class of a superclass) to the nearest (the method itself). What is nearer adds to what is demanded.
 * `@Public` and `@Authenticated` are said on purpose and take its place, and a demand takes theirs.
 */
export function addUp(layers: readonly (readonly Rule[])[]): Rules {
  let all: readonly Rule[] = []
  for (const layer of layers) {
    const isOpened = layer.some(({ kind }) => kind === 'public')
    const isReplaced = isOpened || layer.some(({ kind }) => kind === 'login')
    const isDemanded = layer.some(({ kind }) => kind === 'permission' || kind === 'scope')
    all = all.filter((rule) => {
      if (rule.kind === 'audit') return true
      if (isOpened) return false
      if (isReplaced) return !decides(rule)
      return !(isDemanded && (rule.kind === 'public' || rule.kind === 'login'))
    })
    // A second factor of somebody who need not be known at all is no demand that can be met.
    if (layer.some(({ kind }) => kind === 'mfa')) all = all.filter(({ kind }) => kind !== 'public')
    all = [...all, ...layer]
  }
  return { all, isDecided: all.some((rule) => decides(rule)) }
}
