import { createPrivateKey } from 'node:crypto'
import { Completer } from '../log/complete.ts'
import type { Identity } from '../log/identity.ts'
import type { DraftBatch, Order, Results } from '../log/messages.ts'
import { checkpointText } from '../merkle/checkpoint.ts'
import { signNote, type NoteSigner } from '../merkle/note.ts'
import { HASH } from '../merkle/hash.ts'
import { hashesIn } from '../merkle/tile.ts'
import { Tree, type Tile } from '../merkle/tree.ts'
import type { LogWriter } from '../recorder.ts'
import { auditError } from '../errors.ts'
import { SecurityError } from '@sallyport/core'
import { PeopleTable } from './people.ts'
import { fromHex, hex, transaction, type PostgresLogPool, type Statements } from './pool.ts'

/** Writes a log in PostgreSQL: whoever has the head's row is the one writer for as long as its transaction lasts. */
export class PostgresWriter implements LogWriter {
  readonly #pool: PostgresLogPool
  readonly #schema: string
  readonly #people: PeopleTable
  readonly #origin: string
  #signers: readonly NoteSigner[]
  #turn: Promise<unknown> = Promise.resolve()

  constructor(pool: PostgresLogPool, schema: string, { origin, logKey, signingKeys }: Identity) {
    this.#pool = pool
    this.#schema = schema
    this.#people = new PeopleTable(schema, logKey)
    this.#origin = origin
    this.#signers = signersOf(origin, signingKeys)
  }

  serve<O extends Order>(order: O): Promise<Results[O['do']]> {
    const served = this.#turn
      .then(() => this.#serve(order))
      .catch((thrown: unknown) => {
        throw unavailable(thrown)
      })
    this.#turn = served.catch(() => undefined)
    return served as Promise<Results[O['do']]>
  }

  async #serve(order: Order): Promise<Results[Order['do']]> {
    switch (order.do) {
      case 'append':
        return { first: await transaction(this.#pool, (run) => this.#append(run, order.batch)) }
      case 'checkpoint':
        return transaction(this.#pool, (run) => this.#checkpoint(run))
      case 'forget': {
        const ref = await transaction(this.#pool, (run) => this.#people.forget(run, order.person))
        return ref === undefined ? {} : { ref }
      }
      case 'prune':
        return transaction(this.#pool, async (run) => {
          const gone = await run(`DELETE FROM ${this.#schema}.records WHERE place < $1 RETURNING 1 AS one`, [
            order.before,
          ])
          return { segments: gone.length, size: order.before }
        })
      case 'archive':
        return { segments: 0 }
      case 'sign-with':
        this.#signers = signersOf(this.#origin, order.signingKeys)
        return { size: 0 }
      case 'open':
      case 'close':
        return { size: 0 }
    }
  }

  async #append(run: Statements, batch: DraftBatch): Promise<number> {
    const people = await this.#people.obtain(run, batch)
    const lines = new Completer(people).complete(batch).slice(0, -1).split('\n')
    const full: Tile[] = []
    const tree = await this.#head(run, (tile) => full.push(tile))
    const first = tree.size
    const entries = lines.map((line) => Buffer.from(line))
    for (const entry of entries) tree.append(entry)
    await run(
      `INSERT INTO ${this.#schema}.records (place, entry)
       SELECT $1::bigint + ordinality - 1, decode(entry, 'hex') FROM unnest($2::text[]) WITH ORDINALITY AS given (entry, ordinality)`,
      [first, entries.map(hex)],
    )
    for (const tile of full) await this.#putTile(run, tile)
    await run(`UPDATE ${this.#schema}.head SET size = $1, tree = decode($2, 'hex')`, [tree.size, hex(frontierOf(tree))])
    return first
  }

  async #checkpoint(run: Statements): Promise<Results['checkpoint']> {
    const tree = await this.#head(run)
    for (const tile of tree.partial) await this.#putTile(run, tile)
    const note = signNote(checkpointText({ origin: this.#origin, size: tree.size, root: tree.root() }), this.#signers)
    await run(`UPDATE ${this.#schema}.head SET note = $1`, [note])
    return { note, size: tree.size }
  }

  /** The tree as it is; nobody else writes until the transaction ends. */
  async #head(run: Statements, onFull?: (tile: Tile) => void): Promise<Tree> {
    const [head] = await run(`SELECT size::text, encode(tree, 'hex') AS tree FROM ${this.#schema}.head FOR UPDATE`)
    const tree = new Tree(onFull)
    tree.restore(Number(head!['size']), levelsIn(fromHex(head!['tree'])))
    return tree
  }

  async #putTile(run: Statements, { level, n, hashes }: Tile): Promise<void> {
    await run(
      `INSERT INTO ${this.#schema}.tiles (level, n, hashes) VALUES ($1, $2, decode($3, 'hex'))
       ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes`,
      [level, n, hex(hashes)],
    )
  }
}

/** The unfinished tiles of a tree as bytes: for each level its width, then its hashes. */
function frontierOf(tree: Tree): Buffer {
  const parts: Uint8Array[] = []
  let level = 0
  for (const tile of tree.partial) {
    for (; level < tile.level; level++) parts.push(Uint8Array.of(0))
    parts.push(Uint8Array.of(tile.hashes.byteLength / HASH), tile.hashes)
    level++
  }
  return Buffer.concat(parts)
}

function levelsIn(bytes: Buffer): (readonly Uint8Array[])[] {
  const levels: (readonly Uint8Array[])[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + 1 + bytes[at]! * 32
    levels.push(hashesIn(bytes.subarray(at + 1, end)))
    at = end
  }
  return levels
}

function signersOf(name: string, keys: readonly Uint8Array[]): readonly NoteSigner[] {
  return keys.map((key) => ({
    name,
    privateKey: createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }),
  }))
}

/** The server's own text may repeat what it was given. */
export function unavailable(thrown: unknown): unknown {
  if (SecurityError.is(thrown)) return thrown
  const { code } = thrown as { code?: unknown }
  const what = typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : 'no answer'
  return auditError('ERR_AUDIT_UNAVAILABLE', { message: `The audit log in PostgreSQL cannot be used: ${what}` })
}
