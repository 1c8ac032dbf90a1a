import { optionError } from '@sallyport/core'
import type { EntryGuard, Entries } from './guard.ts'

/** What express-session calls when a store is done. */
type Done = (err?: unknown, content?: unknown) => void

/** A store of express-session, as far as it is guarded: connect-redis, the one in memory, any other. */
export interface ExpressStore {
  get(id: string, done: (err: unknown, content?: unknown) => void): void
  set(id: string, content: never, done?: (err?: unknown) => void): void
  destroy(id: string, done?: (err?: unknown) => void): void
  touch?(id: string, content: never, done?: (err?: unknown) => void): void
}

/** The entries of a store with callbacks. */
export function entriesOf(store: ExpressStore): Entries {
  return {
    get: (id) =>
      new Promise((resolve, reject) => {
        store.get(id, (err: unknown, content?: unknown) => (isFailure(err) ? reject(err as Error) : resolve(content)))
      }),
    set: (id, content) => called((done) => store.set(id, content as never, done)),
    destroy: (id) => called((done) => store.destroy(id, done)),
  }
}

/** The guarded store: what is not guarded, such as events and helpers, is the store's own. */
export function guardedStore<Store extends ExpressStore>(store: Store, guard: EntryGuard): Store {
  if (typeof store?.get !== 'function' || typeof store.set !== 'function' || typeof store.destroy !== 'function') {
    throw optionError('sessions.expressStore', 'store', store, {
      accepts: 'a store of express-session with get, set and destroy, such as new RedisStore({ client })',
    })
  }
  const guarded = Object.create(store) as Store
  guarded.get = (id, done) => {
    store.get(guard.nameOf(id), (err: unknown, content?: unknown) => {
      if (isFailure(err)) done(err)
      else if (guard.isPlain(id, content)) done(null, content)
      else settle(guard.get(id), done)
    })
  }
  guarded.set = (id, content, done) =>
    settle(
      guard.set(id, content, (name) => called((end) => store.set(name, content, end))),
      done,
    )
  guarded.destroy = (id, done) => settle(guard.destroy(id), done)
  if (typeof store.touch === 'function') {
    guarded.touch = (id, content, done) => store.touch!(guard.placeOf(id), content, done)
  }
  return guarded
}

function settle(promise: Promise<unknown>, done: Done | undefined): void {
  promise.then(
    // Apart from the promise: what is thrown behind the callback is the app's, as it would be without a guard.
    (content) => setImmediate(() => done?.(null, content)),
    (thrown: unknown) => setImmediate(() => done?.(thrown)),
  )
}

function called(start: (done: (err?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((err) => (isFailure(err) ? reject(err as Error) : resolve()))
  })
}

function isFailure(err: unknown): boolean {
  return err !== undefined && err !== null
}
