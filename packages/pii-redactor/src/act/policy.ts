import { classOf, dataClasses, entities, type DataClass, type Entity } from '../engine/entity.ts'

/**
 * What is done with what was found: `keep` it, `remove` it (a label such as `[EMAIL]` stands there), `mask` all but the last four,
 * `hash` it with the app's key, `generalise` it (the network of an address, the year of a birth), `tokenize` it so that it can be given
 * back, `encrypt` it with the environment's key ring.
 */
export type Action = 'keep' | 'remove' | 'mask' | 'hash' | 'generalise' | 'tokenize' | 'encrypt'

export const actions: readonly Action[] = ['keep', 'remove', 'mask', 'hash', 'generalise', 'tokenize', 'encrypt']

/** Actions by entity and by data class; the entity's own goes first. What neither names is removed, but for what is public. */
export type Policy = { readonly [Name in Entity | DataClass]?: Action } & { readonly [name: string]: Action }

/** The action for an entity. */
export function actionOf(policy: Policy, classes: Readonly<Record<string, DataClass>>, entity: string): Action {
  const own = Object.hasOwn(policy, entity) ? policy[entity] : undefined
  if (own !== undefined) return own
  const kind = classes[entity] ?? classOf[entity as Entity] ?? 'confidential'
  return (Object.hasOwn(policy, kind) ? policy[kind] : undefined) ?? (kind === 'public' ? 'keep' : 'remove')
}

/** Whether a value is a policy, whose names are entities (also the app's own) and classes. */
export function isPolicy(value: unknown, own: readonly string[]): value is Policy {
  if (typeof value !== 'object' || value === null) return false
  const known = new Set<string>([...entities, ...dataClasses, ...own])
  return Object.entries(value).every(([name, action]) => known.has(name) && actions.includes(action as Action))
}
