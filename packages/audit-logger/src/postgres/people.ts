import { randomBytes } from 'node:crypto'
import type { DraftBatch, PersonPart } from '../log/messages.ts'
import { derivedKey, nameOf, type PersonId } from '../vault/person.ts'
import { open, seal } from '../vault/seal.ts'
import type { PersonKey } from '../vault/people.ts'
import { fromHex, hex, type Statements } from './pool.ts'

/** The keys of persons, in a table. */
export class PeopleTable {
  readonly #table: string
  readonly #nameKey: Buffer
  readonly #sealKey: Buffer

  constructor(schema: string, logKey: Uint8Array) {
    this.#table = `${schema}.people`
    this.#nameKey = derivedKey(logKey, 'names of persons')
    this.#sealKey = derivedKey(logKey, 'keys of persons')
  }

  /** Keys of all persons in a batch. Read within the batch's own transaction: a person may have been forgotten on another node just now. */
  async obtain(run: Statements, batch: DraftBatch): Promise<{ obtain(person: PersonId): PersonKey }> {
    const names = new Map<string, PersonKey | undefined>()
    for (const person of personsIn(batch)) names.set(nameOf(this.#nameKey, person), undefined)
    if (names.size > 0) {
      // In one order everywhere, so that no two nodes wait for each other.
      for (const name of [...names.keys()].toSorted()) {
        const made = { ref: randomBytes(12).toString('base64url'), key: randomBytes(32) }
        await run(
          `INSERT INTO ${this.#table} (name, ref, key) SELECT $1, $2, decode($3, 'hex')
           WHERE NOT EXISTS (SELECT FROM ${this.#table} WHERE name = $1) ON CONFLICT DO NOTHING`,
          [name, made.ref, hex(seal(this.#sealKey, made.key, made.ref))],
        )
      }
      // Held until the batch is there: nobody is forgotten between the sealing and the record.
      const rows = await run(
        `SELECT name, ref, encode(key, 'hex') AS key FROM ${this.#table} WHERE name = ANY($1) ORDER BY name FOR SHARE`,
        [[...names.keys()]],
      )
      for (const { name, ref, key } of rows)
        names.set(name!, { ref: ref!, key: open(this.#sealKey, fromHex(key), ref!) })
    }
    return { obtain: (person) => names.get(nameOf(this.#nameKey, person))! }
  }

  async forget(run: Statements, person: PersonId): Promise<string | undefined> {
    const [gone] = await run(`DELETE FROM ${this.#table} WHERE name = $1 RETURNING ref`, [
      nameOf(this.#nameKey, person),
    ])
    return gone?.['ref'] ?? undefined
  }

  async refOf(run: Statements, person: PersonId): Promise<string | undefined> {
    const [found] = await run(`SELECT ref FROM ${this.#table} WHERE name = $1`, [nameOf(this.#nameKey, person)])
    return found?.['ref'] ?? undefined
  }

  async keyOf(run: Statements, ref: string): Promise<Buffer | undefined> {
    const [found] = await run(`SELECT encode(key, 'hex') AS key FROM ${this.#table} WHERE ref = $1`, [ref])
    return found && open(this.#sealKey, fromHex(found['key']), ref)
  }
}

function* personsIn({ text, people }: DraftBatch): Generator<PersonId> {
  if (!people) return
  for (const line of text.split('\n')) {
    if (line.startsWith('@')) yield (JSON.parse(line.slice(1)) as [PersonPart['as'], PersonId, string])[1]
  }
}
