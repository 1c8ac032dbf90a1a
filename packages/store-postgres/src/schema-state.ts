import type { Connections } from './connections.ts'
import { postgresError } from './errors.ts'
import { isSchemaMissing, unavailable } from './failure.ts'
import { quote } from './identifiers.ts'
import { MIGRATION_TIMEOUT, migrateOn, tooNew } from './migrate.ts'
import type { Row } from './pool.ts'
import { SCHEMA_VERSION } from './schema/migrations.ts'
import { warnOfSettings } from './settings.ts'

/** Sees to it, once, that the schema is the one that the store's statements are for. */
export class SchemaState {
  readonly #connections: Connections
  readonly #schema: string
  readonly #migrates: boolean
  readonly #onFits: () => void
  #fits = false
  #checking: Promise<void> | undefined

  constructor(connections: Connections, schema: string, migrates: boolean, onFits: () => void) {
    this.#connections = connections
    this.#onFits = onFits
    this.#schema = schema
    this.#migrates = migrates
  }

  /** Whether nothing is to be done any more. */
  get fits(): boolean {
    return this.#fits
  }

  /** One check at a time; the next call tries again what has failed. @throws SecurityError ERR_STORE_UNAVAILABLE */
  ensure(): Promise<void> {
    return (this.#checking ??= this.#check().finally(() => (this.#checking = undefined)))
  }

  /** Something of the schema is not there any more: the server was made anew. */
  doubt(): void {
    this.#fits = false
  }

  async #check(): Promise<void> {
    try {
      const version = await this.#version()
      if (version > SCHEMA_VERSION) throw tooNew(this.#schema, version)
      if (version < SCHEMA_VERSION) await this.#migrate(version)
      await warnOfSettings(this.#connections)
      this.#fits = true
      this.#onFits()
    } catch (thrown) {
      throw unavailable(thrown)
    }
  }

  async #version(): Promise<number> {
    try {
      const [row] = await this.#connections.query<Row<'version'>>(
        `select ${quote(this.#schema)}.schema_version() as version`,
      )
      return Number(row?.version ?? 0)
    } catch (thrown) {
      if (isSchemaMissing(thrown)) return 0
      throw thrown
    }
  }

  async #migrate(version: number): Promise<void> {
    if (!this.#migrates) {
      throw postgresError('ERR_POSTGRES_SCHEMA', {
        message: `The schema ${this.#schema} has version ${version} and this store needs ${SCHEMA_VERSION}: run migrate() of @sallyport/store-postgres`,
      })
    }
    await this.#connections.use((client) => migrateOn(client, this.#schema), MIGRATION_TIMEOUT)
  }
}
