import type { Connections } from './connections.ts'
import { isSchemaMissing, unavailable } from './failure.ts'
import { quote } from './identifiers.ts'
import type { Row } from './pool.ts'
import type { SchemaState } from './schema-state.ts'

/**
 * Calls of the schema's functions. None has a name: a transaction-mode pooler gives each call another connection of the server, which
 * knows no prepared statements of ours; the functions keep their plans there.
 */
const statementsOf = (s: string) => ({
  generation: `select id, since from ${s}.generation()`,
  get: `select value, version from ${s}.get($1, $2)`,
  commit: `select failed, versions from ${s}.commit($1, $2, $3, $4, $5, $6, $7)`,
  increment: `select ${s}.increment($1, $2, $3, $4, $5) as total`,
  listOwned: `select id, value, version from ${s}.list_owned($1, $2, $3, $4)`,
  append: `select generation, index, tag from ${s}.append($1, $2, $3, $4)`,
  readSince: `select generation, last, index, tag, value from ${s}.read_since($1, $2, $3, $4, $5, $6)`,
})

type Statements = ReturnType<typeof statementsOf>

/** Calls the functions of a schema that is known to fit. */
export class Calls {
  readonly #connections: Connections
  readonly #state: SchemaState
  readonly #statements: Statements

  constructor(connections: Connections, state: SchemaState, schema: string) {
    this.#connections = connections
    this.#state = state
    this.#statements = statementsOf(quote(schema))
  }

  /** One round trip, once the schema is known to fit. @throws SecurityError ERR_STORE_UNAVAILABLE */
  async call<Column extends string>(name: keyof Statements, ...values: unknown[]): Promise<readonly Row<Column>[]> {
    if (!this.#state.fits) await this.#state.ensure()
    try {
      return await this.#connections.query<Row<Column>>(this.#statements[name], values)
    } catch (thrown) {
      if (isSchemaMissing(thrown)) this.#state.doubt()
      throw unavailable(thrown)
    }
  }
}
