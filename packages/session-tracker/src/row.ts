/** Where a member stands: its name, or that of an object and of a member in it. */
export type Path = readonly [name: string] | readonly [outer: string, name: string]

type Members = Record<string, unknown>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Writes records as JSON arrays without the names of members, which are more than half of a record, and there are millions of them. What most
 * records have has a place; the rest follows in the last one, with its names.
 */
export class RowForm<Kept extends object> {
  readonly #form: number
  readonly #paths: readonly Path[]

  /** @param form stands at the beginning: no two forms of what is kept under the same names have the same number */
  constructor(form: number, paths: readonly Path[]) {
    this.#form = form
    this.#paths = paths
  }

  encode(kept: Kept): Uint8Array {
    const rest = copyOf(kept)
    const row: unknown[] = [this.#form, ...this.#paths.map((path) => take(rest, path))]
    if (Object.keys(rest).length > 0) row.push(rest)
    while (row.at(-1) === undefined) row.pop()
    return encoder.encode(JSON.stringify(row))
  }

  /** Nothing where it is of another form. */
  decode(bytes: Uint8Array): Kept | undefined {
    const row = JSON.parse(decoder.decode(bytes)) as unknown
    if (!Array.isArray(row) || row[0] !== this.#form) return undefined
    const kept = copyOf((row[this.#paths.length + 1] as object | undefined) ?? {})
    for (const [i, path] of this.#paths.entries()) {
      const value: unknown = row[i + 1]
      if (value !== undefined && value !== null) give(kept, path, value)
    }
    return kept as Kept
  }
}

/** A copy in which objects can be changed; arrays stay as they are. */
function copyOf(members: object): Members {
  const copy: Members = {}
  for (const [name, value] of Object.entries(members) as [string, unknown][]) {
    if (value === undefined) continue
    copy[name] = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : value
  }
  return copy
}

function take(rest: Members, [outer, name]: Path): unknown {
  if (name === undefined) {
    const value = rest[outer]
    delete rest[outer]
    return value
  }
  const inner = rest[outer] as Members | undefined
  const value = inner?.[name]
  if (value === undefined) return undefined
  delete inner![name]
  if (Object.keys(inner!).length === 0) delete rest[outer]
  return value
}

function give(kept: Members, [outer, name]: Path, value: unknown): void {
  if (name === undefined) kept[outer] = value
  else (kept[outer] ??= {} as Members)[name as keyof object] = value as never
}
