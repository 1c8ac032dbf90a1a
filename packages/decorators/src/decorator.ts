import { coreError } from '@sallyport/core'
import { noteOnFunction, noteOnName, noteStandard } from './record.ts'

type Method = (...args: never[]) => unknown
type AnyClass = abstract new (...args: never[]) => unknown

/** A decorator of methods, standard (TC39) and legacy (`experimentalDecorators`) alike. */
export interface MethodDecorator {
  (value: Method, context: ClassMethodDecoratorContext): void
  <Value extends Method>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<Value>): void
}

/** A decorator of classes, standard and legacy alike. */
export interface ClassDecorator {
  (value: AnyClass, context: ClassDecoratorContext): void
  (target: AnyClass): void
}

/** A decorator of methods and classes. */
export interface SecurityDecorator extends MethodDecorator, ClassDecorator {}

interface StandardContext {
  readonly kind: string
  readonly name?: string | symbol
  readonly static?: boolean
  readonly private?: boolean
  readonly metadata?: Record<symbol, Record<PropertyKey, unknown>>
  addInitializer(initializer: (this: object) => void): void
}

interface WithMetadata {
  defineMetadata?(key: string, value: unknown, target: object, name?: string | symbol): void
  getOwnMetadata?(key: string, target: object, name?: string | symbol): unknown
}

const METADATA = 'sallyport:rules'
const MIRROR = Symbol.for('sallyport.rules')

/** Makes a decorator that writes a note on what it stands on, wherever somebody may look for it. */
export function decoratorOf(name: string, on: 'methods' | 'classes' | 'both', note: object): SecurityDecorator {
  return ((target: object, second?: unknown, descriptor?: PropertyDescriptor): void => {
    if (typeof (second as StandardContext | undefined)?.kind === 'string') {
      return decorateStandard(target, second as StandardContext)
    }
    if (second === undefined) {
      if (typeof target !== 'function' || on === 'methods') throw misplaced(`on ${typeof target}s`)
      mirror(target, undefined)
      return noteOnFunction(target, note)
    }
    const value: unknown = descriptor?.value
    if (typeof value !== 'function' || typeof target === 'function' || on === 'classes')
      throw misplaced(`on ${String(second as string | symbol)}`)
    noteOnFunction(value, note)
    noteOnName(target, second as string | symbol, note)
    mirror(target, second as string | symbol)
  }) as SecurityDecorator

  function decorateStandard(value: object, context: StandardContext): void {
    const { kind, name: member } = context
    const isMethod = kind === 'method' && context.static !== true && context.private !== true
    if (!(isMethod && on !== 'classes') && !(kind === 'class' && on !== 'methods')) throw misplaced(`on a ${kind}`)
    noteOnFunction(value, note)
    noteStandard(value)
    const { metadata } = context
    if (metadata) {
      // A subclass inherits the metadata of its superclass by prototype, and must not write into it.
      if (!Object.hasOwn(metadata, MIRROR)) metadata[MIRROR] = {}
      const key = member !== undefined && isMethod ? member : 'class'
      const list = (metadata[MIRROR]![key] ?? []) as object[]
      metadata[MIRROR]![key] = [...list, note]
    }
    if (!isMethod) return
    // A decorator outside of this one may put another function in its place: then it is known by where it stands.
    context.addInitializer(function () {
      const owners = prototypesWith(this, member!)
      if (owners.some((one) => Object.getOwnPropertyDescriptor(one, member!)!.value === value)) return
      if (owners.length === 1) return noteOnName(owners[0]!, member!, note)
      throw coreError('ERR_OPTION', {
        message: `@${name} on ${String(member)}: another decorator replaced the method, which is overridden too; write @${name} above it`,
      })
    })
  }

  function mirror(target: object, member: string | symbol | undefined): void {
    const { defineMetadata, getOwnMetadata } = Reflect as WithMetadata
    if (!defineMetadata || !getOwnMetadata) return
    const list = (getOwnMetadata(METADATA, target, member) ?? []) as object[]
    defineMetadata(METADATA, [...list, note], target, member)
  }

  function misplaced(where: string): Error {
    const places =
      on === 'both' ? 'methods of instances and on classes' : on === 'methods' ? 'methods of instances' : 'classes'
    return coreError('ERR_OPTION', {
      message: `@${name} stands ${where}, where it guards nothing; it stands on ${places}`,
    })
  }
}

function prototypesWith(instance: object, name: PropertyKey): object[] {
  const owners: object[] = []
  for (let one: object | null = instance; one; one = Object.getPrototypeOf(one) as object | null) {
    if (typeof Object.getOwnPropertyDescriptor(one, name)?.value === 'function') owners.push(one)
  }
  return owners
}
