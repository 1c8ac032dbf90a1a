import type { PostgresLogPool } from './pool.ts'
import { transaction } from './pool.ts'

/** Tells our advisory lock from those of others. */
const LOCK = 5_402_771

/** The statements that make the tables; each does nothing where they are there. */
function statements(schema: string): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    `CREATE TABLE IF NOT EXISTS ${schema}.head (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      origin text NOT NULL,
      size bigint NOT NULL,
      tree bytea NOT NULL,
      vkeys text NOT NULL,
      secrets bytea NOT NULL,
      note text,
      witnessed text
    )`,
    `CREATE TABLE IF NOT EXISTS ${schema}.records (place bigint PRIMARY KEY, entry bytea NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${schema}.tiles (
      level int NOT NULL, n bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, n)
    )`,
    `CREATE TABLE IF NOT EXISTS ${schema}.people (name text PRIMARY KEY, ref text NOT NULL UNIQUE, key bytea NOT NULL)`,
  ]
}

/** Makes the tables where there are none; nodes that start together wait for each other. */
export function makeTables(pool: PostgresLogPool, schema: string): Promise<void> {
  return transaction(pool, async (run) => {
    const [present] = await run(`SELECT to_regclass($1)::text AS name`, [`${schema}.people`])
    if (typeof present?.['name'] === 'string') return
    await run(`SELECT pg_advisory_xact_lock(${LOCK})`)
    for (const statement of statements(schema)) await run(statement)
  })
}

/** A name as it stands in statements. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
