import { optionError } from '@sallyport/core'
import { decoratorOf, type ClassDecorator, type MethodDecorator } from './decorator.ts'

/** Methods for which there is a decorator; `all` is any. */
export type RouteMethod = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options' | 'all'

/** Where a method of a controller is reached. */
export interface RouteNote {
  readonly kind: 'route'
  readonly method: RouteMethod
  readonly path: string
}

/** Under which path the methods of a controller are reached. */
export interface PrefixNote {
  readonly kind: 'prefix'
  readonly path: string
}

/** The path of a controller's routes begins with this. */
export function Controller(path: string): ClassDecorator {
  return decoratorOf('Controller', 'classes', {
    kind: 'prefix',
    path: checked('Controller', path),
  } satisfies PrefixNote)
}

export const Get: (path: string) => MethodDecorator = on('Get', 'get')
export const Post: (path: string) => MethodDecorator = on('Post', 'post')
export const Put: (path: string) => MethodDecorator = on('Put', 'put')
export const Patch: (path: string) => MethodDecorator = on('Patch', 'patch')
export const Delete: (path: string) => MethodDecorator = on('Delete', 'delete')
export const Head: (path: string) => MethodDecorator = on('Head', 'head')
export const Options: (path: string) => MethodDecorator = on('Options', 'options')
/** Reached by any method. */
export const All: (path: string) => MethodDecorator = on('All', 'all')

function on(name: string, method: RouteMethod): (path: string) => MethodDecorator {
  return (path) =>
    decoratorOf(name, 'methods', { kind: 'route', method, path: checked(name, path) } satisfies RouteNote)
}

function checked(factory: string, path: unknown): string {
  if (typeof path === 'string' && (path === '' || path.startsWith('/'))) return path
  throw optionError(factory, 'path', path, { accepts: "a path that begins with '/'" })
}
