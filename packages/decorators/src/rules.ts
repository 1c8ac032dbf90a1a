import { chainOf, notesOnClass, notesOnMethod } from './record.ts'
import type { PrefixNote, RouteNote } from './route-decorators.ts'
import { addUp, type Rule, type Rules } from './rule.ts'

/**
 * What stands on a method of a class: on the class, on the method, and on those that it inherits from or overrides.
 *
 * ```ts
 * const { all, isDecided } = rulesOf(OrdersController, 'list')
 * ```
 */
export function rulesOf(controller: Function, name: PropertyKey): Rules {
  const chain = chainOf(controller)
  const onClasses = chain.map((one) => notesOnClass(one))
  const onMethods = chain.map((one) => notesOnMethod(one.prototype as object, name))
  return addUp([...onClasses, ...onMethods].map((notes) => notes.filter(isRule)))
}

/** Where a method is reached; the nearest class that says so counts. */
export function routesOf(controller: Function, name: PropertyKey): readonly RouteNote[] {
  const found = chainOf(controller).map((one) =>
    notesOnMethod(one.prototype as object, name).filter((note) => kindOf(note) === 'route'),
  )
  return (found.findLast((notes) => notes.length > 0) ?? []) as readonly RouteNote[]
}

export function prefixOf(controller: Function): string {
  const found = chainOf(controller).flatMap((one) => notesOnClass(one).filter((note) => kindOf(note) === 'prefix'))
  return (found.at(-1) as PrefixNote | undefined)?.path ?? ''
}

/** Names of all methods of a class, inherited ones included. */
export function methodNames(controller: Function): readonly PropertyKey[] {
  const names = chainOf(controller).flatMap((one) => {
    const prototype = one.prototype as object
    return Reflect.ownKeys(prototype).filter(
      (name) => name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function',
    )
  })
  return [...new Set(names)]
}

function isRule(note: object): note is Rule {
  const kind = kindOf(note)
  return typeof kind === 'string' && kind !== 'route' && kind !== 'prefix'
}

function kindOf(note: object): unknown {
  return (note as { kind?: unknown }).kind
}
