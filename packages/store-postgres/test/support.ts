import { randomBytes } from 'node:crypto'
import type { Store } from '@sallyport/core'
import { createPostgresStore, type PostgresStoreOptions } from '@sallyport/store-postgres'
import { Pool, type PoolConfig } from 'pg'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { postgresForTests, type SharedServer } from '../../../test/servers/index.ts'

/** An hour, in milliseconds. */
export const LONG = 3_600_000

/** The server of a test file, and what is made on it; a test's own things end with the test. */
export interface Server {
  readonly url: string
  pool(config?: PoolConfig): Pool
  /** A name that no other test has. What is under it is dropped when the test has ended. */
  schema(): string
  store(options?: Partial<PostgresStoreOptions>): Store
  /** Rows of a statement, as superuser. */
  sql(text: string, values?: unknown[]): Promise<unknown[][]>
}

/** Starts the server before the tests of the file. */
export function server(): Server {
  let shared: SharedServer | undefined
  let admin: Pool

  beforeAll(async () => {
    shared = await postgresForTests()
    admin = new Pool({ connectionString: shared.url, max: 4 })
  })
  afterAll(async () => {
    await admin.end()
    await shared?.stop()
  })

  const self: Server = {
    get url() {
      return shared!.url
    },
    pool(config = {}) {
      const pool = newPool(shared!.url, config)
      onTestFinished(() => pool.end())
      return pool
    },
    schema() {
      const name = newSchema()
      onTestFinished(() => dropSchema(name))
      return name
    },
    store(options = {}) {
      const store = createPostgresStore({
        schema: self.schema(),
        pool: self.pool(),
        ...options,
      } as PostgresStoreOptions)
      onTestFinished(() => store.close())
      return store
    },
    async sql(text, values = []) {
      const { rows } = await admin.query<unknown[]>({ text, values, rowMode: 'array' })
      return rows
    },
  }
  return self

  async function dropSchema(name: string): Promise<void> {
    await admin.query(`drop schema if exists ${name} cascade`)
  }
}

export function newSchema(): string {
  return `t_${randomBytes(8).toString('hex')}`
}

export function newPool(connectionString: string, config: PoolConfig = {}): Pool {
  return new Pool({ connectionString, max: 4, connectionTimeoutMillis: 5000, ...config })
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

/** Code and message of what a call refuses. */
export function refusalOf(make: () => unknown): string {
  try {
    make()
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string }
    return `${code} ${message}`
  }
  return 'accepted'
}
