import type { Connections } from './connections.ts'
import type { Row } from './pool.ts'

/** Something about the server, the schema or the pool that the store cannot work with, or not well. */
export interface PostgresFinding {
  /** `error`: a promise of the store is not kept. `warning`: it is, but something will get in its way. */
  readonly level: 'error' | 'warning'
  /** The setting or part that it is about, such as `fsync`. */
  readonly about: string
  /** What is wrong and what to do. */
  readonly message: string
}

/** A setting of the server that breaks a promise, and what to say then. */
interface Complaint extends Omit<PostgresFinding, 'about'> {
  /** What it should not be. */
  readonly bad: (value: string) => boolean
}

const off = (value: string): boolean => value === 'off'
const on = (value: string): boolean => value === 'on'

const complaints: Readonly<Record<string, Complaint>> = {
  server_version_num: {
    level: 'error',
    bad: (value) => Number(value) < 130_000,
    message: 'The server is older than PostgreSQL 13',
  },
  transaction_read_only: {
    level: 'error',
    bad: on,
    message: 'The server is read-only: a standby, or one that was set so. The store needs the primary',
  },
  default_transaction_isolation: {
    level: 'error',
    bad: (value) => value !== 'read committed',
    message:
      "The store refuses to write outside of READ COMMITTED: give it a pool whose options have `options: '-c default_transaction_isolation=read\\\\ committed'`",
  },
  fsync: {
    level: 'error',
    bad: off,
    message: 'A crash of the machine may destroy all data. Never off where data matters',
  },
  full_page_writes: {
    level: 'error',
    bad: off,
    message: 'A crash of the machine may leave torn pages behind: what was acknowledged is lost',
  },
  synchronous_commit: {
    level: 'warning',
    bad: off,
    message:
      'The server acknowledges before it has written. The store switches it on for its own writes; the rest of the app may lose some',
  },
  autovacuum: {
    level: 'warning',
    bad: off,
    message: 'What is changed and removed leaves its room unused for good: tables grow without end',
  },
}

/** What is to be said of the server's settings. */
export async function complaintsOf(connections: Connections): Promise<PostgresFinding[]> {
  const names = Object.keys(complaints)
  const [row] = await connections.query<Row<string>>(
    `select ${names.map((name) => `pg_catalog.current_setting('${name}') as ${name}`).join(', ')}`,
  )
  return Object.entries(complaints).flatMap(([about, { level, message, bad }]) =>
    bad(row![about]!) ? [{ level, about, message }] : [],
  )
}

/** Says once, when the store begins, what makes its promises untrue. The app is served all the same: it may be a developer's machine. */
export async function warnOfSettings(connections: Connections): Promise<void> {
  for (const { level, about, message } of await complaintsOf(connections)) {
    if (level === 'error') process.emitWarning(`PostgreSQL, ${about}: ${message}`, 'SallyportWarning')
  }
}
