import { systemClock } from '@sallyport/core'
import { Connections } from './connections.ts'
import { postgresError } from './errors.ts'
import { unavailable } from './failure.ts'
import { lockSeed, quote } from './identifiers.ts'
import { checkMigrateOptions, type MigrateOptions } from './options.ts'
import type { PostgresClient, PostgresPool, Row } from './pool.ts'
import { migrations, SCHEMA_VERSION } from './schema/migrations.ts'

/** What `migrate` found and did. */
export interface Migrated {
  /** The version that the schema had; 0 for none. */
  readonly from: number
  /** The version that it has now. */
  readonly to: number
}

/** Time for a migration with the wait for another process's, in milliseconds. */
export const MIGRATION_TIMEOUT = 60_000

/** The oldest server, as `server_version_num` has it. */
const OLDEST_SERVER = 130_000

/**
 * Makes the schema, or brings it up to date: all of it or nothing. Of several processes that begin at once one does it and the others
 * wait. Needs a role that may create a schema in the database, or one that owns the schema; the app's role needs neither.
 * @throws SecurityError ERR_OPTION (500); ERR_STORE_UNAVAILABLE (503) when the schema was made by a newer version of the store or the server
 *   cannot do it, with the reason as the `code` of its `origin`
 */
export async function migrate(pool: PostgresPool, options: MigrateOptions = {}): Promise<Migrated> {
  checkMigrateOptions(pool, options)
  const { schema = 'sallyport', grantTo } = options
  const connections = new Connections(pool, MIGRATION_TIMEOUT, systemClock)
  try {
    return await connections.use((client) => migrateOn(client, schema, grantTo))
  } catch (thrown) {
    throw unavailable(thrown)
  }
}

/** Migrates on a connection that has no transaction open. */
export async function migrateOn(client: PostgresClient, schema: string, grantTo?: string): Promise<Migrated> {
  // The role's defaults for transactions do not matter, nor what somebody has put on its search path.
  await client.query(`begin isolation level read committed read write;
    set local search_path = pg_catalog, pg_temp;
    set local synchronous_commit = on;
    set local lock_timeout = '${MIGRATION_TIMEOUT / 2}ms';
    set local statement_timeout = 0`)
  try {
    const migrated = await migrateInTransaction(client, schema)
    if (grantTo !== undefined) await client.query(grants(schema, grantTo))
    await client.query('commit')
    return migrated
  } catch (thrown) {
    await client.query('rollback')
    throw thrown
  }
}

async function migrateInTransaction(client: PostgresClient, schema: string): Promise<Migrated> {
  const s = quote(schema)
  await client.query(`select pg_advisory_xact_lock(${lockSeed(schema, 'migration')})`)
  const { server, namespace, table } = await rowOf<'server' | 'namespace' | 'table'>(
    client,
    `select current_setting('server_version_num') as server, to_regnamespace($1)::text as namespace, to_regclass($2)::text as table`,
    [s, `${s}.migrations`],
  )
  if (Number(server) < OLDEST_SERVER) {
    throw postgresError('ERR_POSTGRES_SCHEMA', { message: 'The PostgreSQL server is older than version 13' })
  }
  if (namespace === null) await client.query(`create schema ${s}`)
  if (table === null) {
    await client.query(
      `create table ${s}.migrations (version integer primary key, applied_at timestamptz not null default clock_timestamp())`,
    )
  }
  const found = await rowOf<'version'>(client, `select coalesce(max(version), 0)::text as version from ${s}.migrations`)
  const from = Number(found.version)
  if (from > SCHEMA_VERSION) throw tooNew(schema, from)
  for (let version = from + 1; version <= SCHEMA_VERSION; version++) {
    await client.query(migrations[version - 1]!(schema))
    await client.query(`insert into ${s}.migrations (version) values (${version})`)
  }
  return { from, to: SCHEMA_VERSION }
}

async function rowOf<Column extends string>(
  client: PostgresClient,
  text: string,
  values?: unknown[],
): Promise<Row<Column>> {
  const { rows } = await client.query(text, values)
  return rows[0] as Row<Column>
}

/** The refusal of a schema that this package does not know. Going on could undo what a newer version relies on. */
export function tooNew(schema: string, version: number): Error {
  return postgresError('ERR_POSTGRES_SCHEMA', {
    message: `The schema ${schema} has version ${version}, made by a newer @sallyport/store-postgres; this one knows ${SCHEMA_VERSION}`,
  })
}

/** What the store calls. Not `new_generation`: who could call it by himself could log everybody out. */
const GRANTED = [
  'append',
  'commit',
  'generation',
  'get',
  'increment',
  'list_owned',
  'read_since',
  'schema_version',
  'sweep',
] as const

function grants(schema: string, role: string): string {
  const [s, r] = [quote(schema), quote(role)]
  return `grant usage on schema ${s} to ${r}; grant execute on function ${GRANTED.map((name) => `${s}.${name}`).join(', ')} to ${r}`
}
