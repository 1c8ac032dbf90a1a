import {
  accept,
  acceptNumber,
  checkOptions,
  optionError,
  type Clock,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { roleRule, schemaRule } from './identifiers.ts'
import { clientOf, type PostgresPool } from './pool.ts'

/** Options of `createPostgresStore`. */
export interface PostgresStoreOptions {
  /**
   * The app's own pool, made with `new Pool()` of `pg` 8, with `connectionTimeoutMillis`: without it, an attempt to connect that nobody answers keeps
   * its place in the pool for good. The store never ends it.
   */
  readonly pool: PostgresPool
  /** The schema that holds everything; no other store or app may use it for something else. @default 'sallyport' */
  readonly schema?: string
  /**
   * Whether the first call brings the schema up to date. `false`: it only checks, and you run `migrate(pool)` when you deploy, with a role
   * that may.
   * @default true
   */
  readonly migrate?: boolean
  /**
   * Time for one call, in milliseconds. A connection that has not answered by then is ended. Not less than the
   * environment's `storeDeadline`.
   * @default 1000
   */
  readonly timeout?: number
  /**
   * How appends by other processes are heard of: the options of `new Client()` for a connection of its own, kept for `LISTEN`. It must reach the
   * server itself, not a pooler. `false`: not at all, and what another process appended is seen when the log is next read.
   * @default the pool's options
   */
  readonly listen?: object | false
  /** How often this process looks for what has expired, in milliseconds, half as much more or less. @default 60_000 */
  readonly sweepInterval?: number
  /** Where timers come from; times are the server's. @default the machine's clock */
  readonly clock?: Clock
}

/** Options of `migrate`. */
export interface MigrateOptions {
  /** @default 'sallyport' */
  readonly schema?: string
  /** A role that may then use the store and nothing else of the schema: the one that the app logs in with. @default nobody */
  readonly grantTo?: string
}

/** Options of `checkPostgres`. */
export interface CheckPostgresOptions {
  /** @default 'sallyport' */
  readonly schema?: string
}

// What is given instead of a pool is likely to be a connection string with its password: it is not shown.
const poolRule: OptionRule = {
  secret: true,
  accepts: "a Pool of 'pg' 8",
  test: (v) =>
    typeof (v as PostgresPool | null)?.connect === 'function' && typeof (v as PostgresPool).on === 'function',
}

const rules: OptionRules<PostgresStoreOptions> = {
  pool: poolRule,
  schema: schemaRule,
  migrate: accept.boolean,
  timeout: acceptNumber('milliseconds', 10, 60_000),
  listen: {
    accepts: "options of `new Client()` of 'pg', or false",
    test: (v) => v === false || accept.object.test(v),
    secret: true,
  },
  sweepInterval: acceptNumber('milliseconds', 1000, 86_400_000),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
}

const migrateRules: OptionRules<MigrateOptions> = { schema: schemaRule, grantTo: roleRule }

const checkRules: OptionRules<CheckPostgresOptions> = { schema: schemaRule }

/** @throws SecurityError ERR_OPTION */
export function checkStoreOptions(options: unknown): asserts options is PostgresStoreOptions {
  const factory = 'createPostgresStore'
  if (typeof options === 'string') checkPool(factory, options)
  checkOptions<PostgresStoreOptions>(factory, options, rules)
  checkPool(factory, options.pool)
  if (options.listen !== false && typeof clientOf(options.pool) !== 'function') {
    throw optionError(factory, 'listen', options.listen, {
      accepts: 'false for a pool that does not tell the class of its clients',
      secret: true,
    })
  }
}

/** @throws SecurityError ERR_OPTION */
export function checkMigrateOptions(pool: unknown, options: unknown): asserts options is MigrateOptions {
  checkPool('migrate', pool)
  checkOptions<MigrateOptions>('migrate', options, migrateRules)
}

/** @throws SecurityError ERR_OPTION */
export function checkCheckOptions(pool: unknown, options: unknown): asserts options is CheckPostgresOptions {
  checkPool('checkPostgres', pool)
  checkOptions<CheckPostgresOptions>('checkPostgres', options, checkRules)
}

function checkPool(factory: string, pool: unknown): void {
  if (!poolRule.test(pool)) throw optionError(factory, 'pool', pool, poolRule)
}
