import { isBuiltin } from 'node:module'
import { createMemoryStore, type Store } from '@sallyport/core'
import { createSqliteStore } from '@sallyport/store-sqlite'

/** Set on a Node that cannot keep Sallyport's state in a file: where it is instead, to be said aloud. */
export const memoryOnly: string | undefined = isBuiltin('node:sqlite')
  ? undefined
  : 'memory only: node:sqlite takes Node 22.13'

/**
 * Opens Sallyport's state, such as who was logged out, in a SQLite file; in memory where Node has no SQLite.
 * @throws SecurityError for a file that cannot be used: an app must not start and forget what was revoked
 */
export async function openState(file: string): Promise<Store> {
  if (memoryOnly !== undefined) return createMemoryStore()
  const store = createSqliteStore({ path: file })
  await store.generation()
  return store
}
