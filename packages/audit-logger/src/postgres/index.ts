export type { PostgresLogClient, PostgresLogPool } from './pool.ts'
export { postgresLog, type PostgresLogOptions } from './postgres-log.ts'
