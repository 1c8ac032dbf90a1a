import type { Database, Statement } from './node-sqlite.ts'
import { Trouble } from './trouble.ts'

/** `Saly`: marks the file as this package's (PRAGMA application_id). */
const APPLICATION = 0x53616c79

/**
 * One step for each version of the schema; the number of those that were taken is the file's `user_version`. A step that was published
 * stays as it is.
 *
 * `entries` is an ordinary table, because values of many kilobytes make a b-tree that holds its rows in its inner pages slow.
 */
const steps: readonly string[] = [
  `
    PRAGMA application_id = ${APPLICATION};
    CREATE TABLE store (generation TEXT NOT NULL, since INTEGER NOT NULL, inode TEXT NOT NULL) STRICT;

    CREATE TABLE entries (
      entry INTEGER PRIMARY KEY,
      partition TEXT NOT NULL,
      id TEXT NOT NULL,
      value BLOB NOT NULL,
      version TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      owner TEXT,
      UNIQUE (partition, id)
    ) STRICT;
    CREATE INDEX entries_by_owner ON entries (partition, owner, id) WHERE owner IS NOT NULL;
    CREATE INDEX entries_by_end ON entries (expires_at);

    CREATE TABLE counters (
      partition TEXT NOT NULL,
      id TEXT NOT NULL,
      count INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (partition, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX counters_by_end ON counters (expires_at);

    CREATE TABLE logs (log INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL) STRICT;

    CREATE TABLE records (
      log INTEGER NOT NULL,
      position INTEGER NOT NULL,
      value BLOB NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (log, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX records_by_end ON records (expires_at);
  `,
]

/** The version of the schema that this code writes. */
export const SCHEMA: number = steps.length

/** Asks a file for its version of the schema. */
export const SCHEMA_QUESTION = 'PRAGMA user_version'

/** The version, by the prepared question: 0 for a file that holds nothing. */
export function schemaOf(question: Statement): number {
  return (question.get() as { readonly user_version: number }).user_version
}

/**
 * Brings a file to the present schema, within the caller's transaction. Answers whether anything had to be done.
 * @throws Trouble for a file of a newer version, and for one of another application
 */
export function migrate(db: Database): boolean {
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number }
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
  const version = schemaOf(db.prepare(SCHEMA_QUESTION))
  const blank = application === 0 && version === 0 && tables === 0
  if (!blank && application !== APPLICATION) throw new Trouble('ERR_SQLITE_FOREIGN')
  if (version > SCHEMA) throw new Trouble('ERR_SQLITE_NEWER')
  for (const step of steps.slice(version)) db.exec(step)
  if (version < SCHEMA) db.exec(`PRAGMA user_version = ${SCHEMA}`)
  return version < SCHEMA
}
