import { systemClock } from '@sallyport/core'
import { Connections } from './connections.ts'
import { isReadOnly, isSchemaMissing, unavailable } from './failure.ts'
import { quote } from './identifiers.ts'
import { checkCheckOptions, type CheckPostgresOptions } from './options.ts'
import type { PostgresPool, Row } from './pool.ts'
import { SCHEMA_VERSION } from './schema/migrations.ts'
import { complaintsOf, type PostgresFinding } from './settings.ts'

/** Time for the check, in milliseconds. */
const TIMEOUT = 10_000

/**
 * Looks for what would break the store's promises: a server that forgets what it has acknowledged, a standby, a schema that is missing or
 * of another version, a pool that can hang. Changes nothing. An empty list is what you want.
 * @throws SecurityError ERR_OPTION (500); ERR_STORE_UNAVAILABLE (503) when the server cannot be asked
 */
export async function checkPostgres(
  pool: PostgresPool,
  options: CheckPostgresOptions = {},
): Promise<readonly PostgresFinding[]> {
  checkCheckOptions(pool, options)
  const { schema = 'sallyport' } = options
  const connections = new Connections(pool, TIMEOUT, systemClock)
  try {
    return [...(await complaintsOf(connections)), ...(await aboutSchema(connections, schema)), ...aboutPool(pool)]
  } catch (thrown) {
    throw unavailable(thrown)
  }
}

async function aboutSchema(connections: Connections, schema: string): Promise<PostgresFinding[]> {
  const found = (message: string): PostgresFinding[] => [{ level: 'error', about: 'schema', message }]
  try {
    const [row] = await connections.query<Row<'version'>>(`select ${quote(schema)}.schema_version() as version`)
    const version = Number(row!.version)
    if (version === SCHEMA_VERSION) return []
    const remedy = version > SCHEMA_VERSION ? 'update this package' : 'run migrate()'
    return found(`The schema ${schema} has version ${version} and this package needs ${SCHEMA_VERSION}: ${remedy}`)
  } catch (thrown) {
    if (isSchemaMissing(thrown)) return found(`There is no schema ${schema} of this store: run migrate()`)
    // The settings have told it.
    if (isReadOnly(thrown)) return []
    throw thrown
  }
}

function aboutPool(pool: PostgresPool): PostgresFinding[] {
  const { connectionTimeoutMillis } = pool.options as { connectionTimeoutMillis?: number }
  if (connectionTimeoutMillis !== undefined && connectionTimeoutMillis > 0) return []
  return [
    {
      level: 'warning',
      about: 'connectionTimeoutMillis',
      message:
        'The pool waits for ever for a connection to be made: one to a server that accepts it and says nothing holds its place for good. Set connectionTimeoutMillis',
    },
  ]
}
