/** As much of a `Pool` of `pg` 8 as the log uses. */
export interface PostgresLogPool {
  connect(): Promise<PostgresLogClient>
}

/** A connection that was taken from a pool. */
export interface PostgresLogClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly object[] }>
  /** Gives it back; `true` ends it instead. */
  release(destroy?: boolean): void
}

/** A row whose values are text: bytes in hexadecimal, so that nothing depends on how the app has set `pg` up. */
export type TextRow = Readonly<Record<string, string | null>>

/** What runs statements within one transaction. */
export type Statements = (text: string, values?: readonly unknown[]) => Promise<readonly TextRow[]>

/** Runs something as one transaction, and ends the connection where that failed, so that nothing is left open. */
export async function transaction<Result>(
  pool: PostgresLogPool,
  work: (run: Statements) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let done = false
  try {
    await client.query('BEGIN')
    const result = await work(
      async (text, values = []) => (await client.query(text, [...values])).rows as readonly TextRow[],
    )
    await client.query('COMMIT')
    done = true
    return result
  } finally {
    client.release(!done)
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(text: string | null | undefined): Buffer {
  return Buffer.from(text ?? '', 'hex')
}
