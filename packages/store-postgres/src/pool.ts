/** As much of a `Pool` of `pg` 8 as the store uses. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PostgresClient) => void): unknown
  /** What the pool was made with. */
  readonly options: object
}

/** A connection that was taken from a pool. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<PostgresResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Gives it back; `true` ends it instead. */
  release(destroy?: boolean): void
}

/** What a statement answered. */
export interface PostgresResult {
  readonly rows: object[]
}

/**
 * A row. The schema's functions answer text only, bytes in hexadecimal: so the store reads what the server wrote, whatever the app has told
 * `pg` to make of numbers, dates, arrays and bytes, and whatever the server's `bytea_output` is.
 */
export type Row<Column extends string> = { readonly [Name in Column]: string | null }

/** What is asked of the pool and of its clients beyond their documented types; each part may be missing. */
interface Inner {
  readonly Client?: unknown
  readonly getTransactionStatus?: () => string | null
}

/** The constructor of the pool's connections. */
export function clientOf(pool: PostgresPool): unknown {
  return (pool as Inner).Client
}

/** Whether somebody gave the connection back with a transaction open: what is acknowledged in it would never be committed. */
export function inTransaction(client: PostgresClient): boolean {
  const status = (client as Inner).getTransactionStatus?.()
  return status === 'T' || status === 'E'
}
