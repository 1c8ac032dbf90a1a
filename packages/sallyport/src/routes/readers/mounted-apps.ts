import type { createRequire } from 'node:module'

/** Which app Express calls by a function of its own, which does not tell. */
const apps = new WeakMap<object, object>()

export function appMountedAs(handle: object): object | undefined {
  return apps.get(handle)
}

interface Express {
  readonly application?: { use(this: object, ...args: unknown[]): unknown }
}

/** Listens to Express from before the app is made, so that mounted apps can be told. Without Express there is nothing to do. */
export function watchMounts(
  fromApp: ReturnType<typeof createRequire>,
  stackOf: (app: never) => readonly { handle: object; name?: string }[],
): void {
  const { application } = (tryRequire(fromApp) ?? {}) as Express
  if (!application) return
  const { use } = application
  application.use = function (this: object, ...args) {
    const known = stackOf(this as never).length
    const result = use.apply(this, args)
    const mounted = args.flat(Infinity).filter((one) => typeof one === 'function' && 'handle' in one && 'set' in one)
    const added = stackOf(this as never).filter(({ name }, i) => i >= known && name === 'mounted_app')
    for (const [i, { handle }] of added.entries()) apps.set(handle, mounted[i] as object)
    return result
  }
}

function tryRequire(fromApp: ReturnType<typeof createRequire>): unknown {
  try {
    return fromApp('express')
  } catch {
    return undefined
  }
}
