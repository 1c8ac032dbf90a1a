import type { Pattern } from './permission.ts'

/** Names of holders, such as roles. */
export type Holders = ReadonlySet<string>

/** Who holds what, found by permission: time for one look-up does not grow with the number of holders or grants. */
export class Grants {
  readonly #exact = new Map<string, Set<string>>()
  readonly #resources = new Map<string, Set<string>>()
  readonly #actions = new Map<string, Set<string>>()
  readonly #pairs = new Set<string>()
  readonly #all = new Set<string>()

  add(holder: string, pattern: Pattern): void {
    this.#holdersOf(pattern).add(holder)
  }

  /** Whether the permission is granted by its full name. */
  names(permission: string): boolean {
    return this.#exact.has(permission)
  }

  /** The sets of holders of whatever covers a well-formed permission, without those that are empty. */
  covering(permission: string): readonly Holders[] {
    const found: Holders[] = []
    const exact = this.#exact.get(permission)
    if (exact) found.push(exact)
    const colon = permission.indexOf(':')
    if (colon !== -1) {
      const resource = this.#resources.get(permission.slice(0, colon))
      if (resource) found.push(resource)
      const action = this.#actions.size > 0 ? this.#actions.get(permission.slice(colon + 1)) : undefined
      if (action) found.push(action)
      if (this.#pairs.size > 0) found.push(this.#pairs)
    }
    if (this.#all.size > 0) found.push(this.#all)
    return found
  }

  #holdersOf(pattern: Pattern): Set<string> {
    switch (pattern.kind) {
      case 'all':
        return this.#all
      case 'pairs':
        return this.#pairs
      case 'resource':
        return entry(this.#resources, pattern.resource)
      case 'action':
        return entry(this.#actions, pattern.action)
      case 'exact':
        return entry(this.#exact, pattern.text)
    }
  }
}

/** Whether one of the names is in one of the sets. */
export function anyHolds(sets: readonly Holders[], names: readonly string[]): boolean {
  for (let s = 0; s < sets.length; s++) {
    const holders = sets[s]!
    for (let n = 0; n < names.length; n++) if (holders.has(names[n]!)) return true
  }
  return false
}

function entry(map: Map<string, Set<string>>, key: string): Set<string> {
  let holders = map.get(key)
  if (holders === undefined) map.set(key, (holders = new Set()))
  return holders
}
