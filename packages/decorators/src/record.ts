/** Something that was written on a method or a class. */
type Note = object

/** Shared by all copies of this package in the process. */
interface Notes {
  /** By the method's function, or by the class. */
  readonly byFunction: WeakMap<object, Note[]>
  /** By prototype and name, where the function itself may be replaced by other decorators. */
  readonly byName: WeakMap<object, Map<PropertyKey, Note[]>>
  /** Classes with standard decorators. */
  readonly standard: WeakSet<object>
}

const KEY: unique symbol = Symbol.for('sallyport.rules') as never
const notes = ((globalThis as { [KEY]?: Notes })[KEY] ??= {
  byFunction: new WeakMap(),
  byName: new WeakMap(),
  standard: new WeakSet(),
})

export function noteOnFunction(target: object, note: Note): void {
  const list = notes.byFunction.get(target) ?? []
  if (!list.includes(note)) notes.byFunction.set(target, [...list, note])
}

export function noteOnName(prototype: object, name: PropertyKey, note: Note): void {
  const names = notes.byName.get(prototype) ?? new Map<PropertyKey, Note[]>()
  const list = names.get(name) ?? []
  if (!list.includes(note)) names.set(name, [...list, note])
  notes.byName.set(prototype, names)
}

export function noteStandard(target: object): void {
  notes.standard.add(target)
}

/** Whether standard decorators stand on the function of a method, or on a class. */
export function isStandard(target: object): boolean {
  return notes.standard.has(target)
}

/** What stands on a class itself. */
export function notesOnClass(target: object): readonly Note[] {
  return notes.byFunction.get(target) ?? []
}

/** What stands on a method of one class of the chain, itself. */
export function notesOnMethod(prototype: object, name: PropertyKey): readonly Note[] {
  const value: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
  const onFunction = typeof value === 'function' ? (notes.byFunction.get(value) ?? []) : []
  return [...new Set([...onFunction, ...(notes.byName.get(prototype)?.get(name) ?? [])])]
}

/** The classes of a chain, the farthest first. */
export function chainOf(target: Function): Function[] {
  const chain: Function[] = []
  for (
    let one: unknown = target;
    typeof one === 'function' && one !== Function.prototype;
    one = Object.getPrototypeOf(one)
  ) {
    chain.unshift(one)
  }
  return chain
}
