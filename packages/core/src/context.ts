import { AsyncLocalStorage } from 'node:async_hooks'
import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'

/** Shared by all copies of this package in the process. */
interface Shared {
  storage: AsyncLocalStorage<Exchange> | undefined
}

const KEY = Symbol.for('sallyport.async-context')
const shared = ((globalThis as Record<symbol, unknown>)[KEY] ??= { storage: undefined }) as Shared

/** Switches the asynchronous context on, for the process: from now on gates of environments that want it run the rest of the request inside it. */
export function openAsyncContext(): void {
  shared.storage ??= new AsyncLocalStorage<Exchange>()
}

/** Runs `next` inside the exchange's context, unless it already is. */
export function runInContext<Result>(exchange: Exchange, next: () => Result): Result {
  const { storage } = shared
  return storage === undefined || storage.getStore() === exchange ? next() : storage.run(exchange, next)
}

/**
 * The exchange of the request that is being served, from any depth; `undefined` outside a request.
 *
 * It costs something on every request, so it is off until an environment needs it:
 * `createEnvironment({ asyncContext: true })`, or a package that says so.
 * @throws SecurityError ERR_ASYNC_CONTEXT_OFF when no environment has switched it on
 */
export function currentExchange(): Exchange | undefined {
  if (shared.storage === undefined) {
    throw coreError('ERR_ASYNC_CONTEXT_OFF', {
      message: 'currentExchange() needs the asynchronous context: createEnvironment({ asyncContext: true })',
    })
  }
  return shared.storage.getStore()
}
