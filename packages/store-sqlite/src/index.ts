export { sqliteErrors, type SqliteErrorCode } from './errors.ts'
export type { SqliteStoreOptions } from './options.ts'
export { createSqliteStore } from './store-sqlite.ts'
