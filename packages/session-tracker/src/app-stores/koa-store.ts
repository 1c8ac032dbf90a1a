import { optionError } from '@sallyport/core'
import type { EntryGuard, Entries } from './guard.ts'

/** A store of koa-session, as it asks for one. */
export interface KoaStore {
  get(key: string, ...rest: never[]): unknown
  set(key: string, content: never, ...rest: never[]): unknown
  destroy(key: string, ...rest: never[]): unknown
}

export function entriesOfKoa(store: KoaStore): Entries {
  return {
    // What tells it how long a session lives is of no use to a reader.
    get: async (id) => store.get(id),
    set: async (id, content) => void (await store.set(id, content as never)),
    destroy: async (id) => void (await store.destroy(id)),
  }
}

export function guardedKoaStore<Store extends KoaStore>(store: Store, guard: EntryGuard): Store {
  if (typeof store?.get !== 'function' || typeof store.set !== 'function' || typeof store.destroy !== 'function') {
    throw optionError('sessions.koaStore', 'store', store, {
      accepts: 'a store of koa-session: an object with get, set and destroy',
    })
  }
  const guarded = Object.create(store) as Store
  guarded.get = (key) => guard.get(key)
  guarded.set = (key, content, ...rest) =>
    guard.set(key, content, async (name) => void (await store.set(name, content, ...rest)))
  guarded.destroy = (key) => guard.destroy(key)
  return guarded
}
