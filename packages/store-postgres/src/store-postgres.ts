import { defineStore, type Store } from '@sallyport/core/store'
import { PostgresDriver } from './driver.ts'
import { checkStoreOptions, type PostgresStoreOptions } from './options.ts'

/**
 * State in PostgreSQL 13 or later, through the app's own pool: shared by all processes, and kept through the end of any of them and of the
 * server. It connects, and by default makes its schema, with the first call.
 *
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 500 })
 * const env = createEnvironment({ store: createPostgresStore({ pool }) })
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function createPostgresStore(options: PostgresStoreOptions): Store {
  checkStoreOptions(options)
  return defineStore(new PostgresDriver(options))
}
