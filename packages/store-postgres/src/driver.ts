import { systemClock } from '@sallyport/core'
import type {
  Cancel,
  Change,
  Committed,
  Generation,
  LogPage,
  OwnedEntry,
  StoreDriver,
  StoreEntry,
  StoreKey,
} from '@sallyport/core/store'
import { Announcer } from './announcer.ts'
import { Calls } from './calls.ts'
import { commitArguments, readCommitted } from './commit.ts'
import { Connections } from './connections.ts'
import { unavailable } from './failure.ts'
import { Hints } from './hints.ts'
import { channelOf } from './identifiers.ts'
import { Listener } from './listener.ts'
import { listeningClient } from './listening-client.ts'
import { readAppended, readPage, type PageRow } from './log-page.ts'
import { decodeId, encodeId, encodeName, hintOf } from './names.ts'
import type { PostgresStoreOptions } from './options.ts'
import { readBytes } from './parameters.ts'
import { SchemaState } from './schema-state.ts'
import { Sweeper } from './sweeper.ts'
import { Witness } from './witness.ts'

/** Translates each call of the contract to one of the schema's functions. */
export class PostgresDriver implements StoreDriver {
  readonly kind = 'postgres'
  readonly durable = true
  /** How long a writing call waits for a lock, in milliseconds: a little less than for everything, so that its connection survives it. */
  readonly #patience: number
  readonly #state: SchemaState
  readonly #calls: Calls
  readonly #sweeper: Sweeper
  readonly #announcer: Announcer
  readonly #listener: Listener | undefined
  readonly #hints = new Hints()
  readonly #witness = new Witness()

  constructor(options: PostgresStoreOptions) {
    const { pool, schema = 'sallyport', timeout = 1000, listen, clock = systemClock } = options
    this.#patience = Math.ceil(timeout * 0.8)
    const connections = new Connections(pool, timeout, clock)
    this.#sweeper = new Sweeper(connections, schema, options.sweepInterval ?? 60_000, clock)
    this.#state = new SchemaState(connections, schema, options.migrate ?? true, () => this.#sweeper.start())
    this.#calls = new Calls(connections, this.#state, schema)
    this.#announcer = new Announcer(connections, schema, clock)
    if (listen === false) return
    this.#listener = new Listener({
      make: () => listeningClient(pool, listen, timeout),
      channel: channelOf(schema),
      timeout,
      clock,
      onHint: (log) => this.#hints.announce(log),
    })
  }

  async generation(): Promise<Generation> {
    const [row] = await this.#calls.call<'id' | 'since'>('generation')
    return { id: row!.id!, since: Number(row!.since) }
  }

  async get({ partition, id }: StoreKey): Promise<StoreEntry | undefined> {
    const [row] = await this.#calls.call<'value' | 'version'>('get', encodeName(partition), encodeId(id))
    return row && { value: readBytes(row.value!), version: row.version! }
  }

  async commit(partition: string, changes: readonly Change[]): Promise<Committed> {
    if (changes.length === 0) return { ok: true, versions: [] }
    const [row] = await this.#calls.call<'failed' | 'versions'>(
      'commit',
      this.#patience,
      ...commitArguments(partition, changes),
    )
    return readCommitted(row!)
  }

  async increment({ partition, id }: StoreKey, by: number, ttl: number): Promise<number | undefined> {
    const [row] = await this.#calls.call<'total'>(
      'increment',
      this.#patience,
      encodeName(partition),
      encodeId(id),
      by,
      ttl,
    )
    return row!.total === null ? undefined : Number(row!.total)
  }

  async listOwned(
    partition: string,
    owner: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly OwnedEntry[]> {
    const from = after === undefined ? null : encodeId(after)
    const rows = await this.#calls.call<'id' | 'value' | 'version'>(
      'listOwned',
      encodeName(partition),
      encodeName(owner),
      from,
      limit,
    )
    return rows.map(({ id, value, version }) => ({
      id: decodeId(Buffer.from(id!, 'hex')),
      value: readBytes(value!),
      version: version!,
    }))
  }

  async append(log: string, value: Uint8Array, ttl: number): Promise<number> {
    const [row] = await this.#calls.call<'generation' | 'index' | 'tag'>(
      'append',
      this.#patience,
      encodeName(log),
      // A copy: the caller may change his bytes while they wait for a connection.
      Buffer.from(value),
      ttl,
    )
    const { generation, seen } = readAppended(row!)
    this.#witness.remember(generation, log, seen)
    this.#announcer.announce(log)
    if (this.#listener === undefined) this.#hints.announce(hintOf(log))
    return seen.index
  }

  async readSince(log: string, after: number, limit: number): Promise<LogPage> {
    const known = this.#witness.of(log)
    const rows = await this.#calls.call<keyof PageRow>(
      'readSince',
      encodeName(log),
      after,
      limit,
      this.#witness.generation,
      known?.index,
      known?.tag,
    )
    const { page, seen } = readPage(rows, limit)
    this.#witness.remember(page.generation, log, seen)
    return page
  }

  async subscribe(log: string, onHint: () => void): Promise<Cancel> {
    const end = this.#hints.add(hintOf(log), onHint)
    const cancel = (): void => {
      end()
      if (this.#hints.size === 0) void this.#listener?.stop()
    }
    try {
      await this.#listener?.start()
      return cancel
    } catch (thrown) {
      cancel()
      throw unavailable(thrown)
    }
  }

  async cleanup(): Promise<number> {
    if (!this.#state.fits) await this.#state.ensure()
    try {
      return await this.#sweeper.sweep()
    } catch (thrown) {
      throw unavailable(thrown)
    }
  }

  async close(): Promise<void> {
    this.#hints.clear()
    this.#sweeper.stop()
    await this.#listener?.stop()
  }
}
