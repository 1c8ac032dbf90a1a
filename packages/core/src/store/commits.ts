import type { Cancel } from '../clock.ts'
import type { Change, Store } from './contract.ts'

/** Told of a commit. */
export type CommitListener = (partition: string, changes: readonly Change[]) => void

/** By this key the listeners are found, also by another copy of this package. */
const LISTENERS = Symbol.for('sallyport.store-commits')

interface Watched extends Store {
  readonly [LISTENERS]: Set<CommitListener>
}

/**
 * A store that tells of every commit of this process: before it is sent, and again when it has come to an end, whatever that was. In
 * between nobody knows which state a reader sees.
 */
export function watched(store: Store): Store {
  const listeners = new Set<CommitListener>()
  const tell: CommitListener = (partition, changes) => {
    for (const listener of listeners) listener(partition, changes)
  }
  const made: Watched = {
    ...store,
    commit(partition, changes) {
      if (listeners.size === 0) return store.commit(partition, changes)
      tell(partition, changes)
      return store.commit(partition, changes).finally(() => tell(partition, changes))
    },
    [LISTENERS]: listeners,
  }
  return made
}

/** Listens to the commits of an environment's store. */
export function onCommit(store: Store, listener: CommitListener): Cancel {
  const { [LISTENERS]: listeners } = store as Watched
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
