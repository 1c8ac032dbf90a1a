import type { Environment } from '@sallyport/core'
import type { SessionListener } from '../hooks.ts'
import type { Sessions } from '../sessions.ts'
import { entriesOf, guardedStore, type ExpressStore } from './express-store.ts'
import { EntryGuard } from './guard.ts'
import { entriesOfKoa, guardedKoaStore, type KoaStore } from './koa-store.ts'

/** Guards the stores of the app's own sessions. */
export interface AppStores {
  express<Store extends ExpressStore>(store: Store): Store
  koa<Store extends KoaStore>(store: Store): Store
}

/** @param listeners who is told when a session ends: each guard becomes one of them */
export function appStores(environment: Environment, sessions: Sessions, listeners: SessionListener[]): AppStores {
  return {
    express(store) {
      const guard = new EntryGuard(environment, sessions, entriesOf(store))
      const guarded = guardedStore(store, guard)
      listeners.push(guard)
      return guarded
    },
    koa(store) {
      const guard = new EntryGuard(environment, sessions, entriesOfKoa(store))
      const guarded = guardedKoaStore(store, guard)
      listeners.push(guard)
      return guarded
    },
  }
}
