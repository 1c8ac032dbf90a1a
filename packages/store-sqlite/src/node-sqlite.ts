/** What a statement takes. */
export type Bindable = string | number | null | Uint8Array

/** A prepared statement. */
export interface Statement {
  get(...values: readonly Bindable[]): unknown
  all(...values: readonly Bindable[]): unknown[]
  run(...values: readonly Bindable[]): { readonly changes: number | bigint }
}

/** A connection. Every call blocks its thread until it is done. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** What is used of `node:sqlite`; the types of Node 20, with which this package is compiled, do not have it. */
export interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database
}

/**
 * Node's SQLite, if this Node has it. Asked for and not imported, so that the import of this package neither fails on an older Node nor
 * makes one say that SQLite is experimental to who does not use it.
 */
export function nodeSqlite(): NodeSqlite | undefined {
  const found: unknown = process.getBuiltinModule('node:sqlite')
  return found as NodeSqlite | undefined
}
