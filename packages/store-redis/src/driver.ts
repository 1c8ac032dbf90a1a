import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '@sallyport/core'
import type {
  Cancel,
  Change,
  Committed,
  Generation,
  LogPage,
  LogRecord,
  OwnedEntry,
  StoreDriver,
  StoreEntry,
  StoreKey,
} from '@sallyport/core/store'
import { Commander } from './commander.ts'
import { commitArguments, committed } from './commit.ts'
import { Connection } from './connection.ts'
import { copyOf, decodeEntry, ownerPart } from './entry.ts'
import { unavailable } from './failure.ts'
import { KnownGeneration } from './generation.ts'
import { Hints } from './hints.ts'
import type { Source } from './link.ts'
import { Listener } from './listener.ts'
import { decodeId, encodeId, join, Names, type Argument } from './names.ts'
import type { RedisStoreOptions } from './options.ts'
import { commit, increment, list, remove } from './scripts/entries.ts'
import { append, read } from './scripts/logs.ts'
import { requireSuitable } from './suitability.ts'
import { tidy } from './tidy.ts'
import { Witness } from './witness.ts'

/** Bytes of a record's tag, and what a record has before its value. */
const TAG = 8
const HEADER = 23

/** Translates each call of the contract to one command or script. */
export class RedisDriver implements StoreDriver {
  readonly kind = 'redis'
  readonly durable: boolean
  readonly #names: Names
  readonly #connection: Connection
  readonly #commander: Commander
  readonly #generation: KnownGeneration
  readonly #hints = new Hints()
  readonly #listener: Listener
  readonly #witness = new Witness()

  constructor(source: Source, options: RedisStoreOptions) {
    const { prefix = 'sallyport', durable = false, replicas = 0, accept = [], timeout = 500 } = options
    const clock: Clock = options.clock ?? systemClock
    this.durable = durable
    this.#names = new Names(source.keyPrefix + prefix)
    this.#connection = new Connection(source, {
      check: (link) => requireSuitable(link, accept),
      timeout,
      clock,
    })
    this.#commander = new Commander(this.#connection, replicas)
    this.#generation = new KnownGeneration(this.#commander, this.#names.generation, clock)
    this.#listener = new Listener(source, this.#hints, clock)
  }

  generation(): Promise<Generation> {
    return this.#generation.ask()
  }

  async get({ partition, id }: StoreKey): Promise<StoreEntry | undefined> {
    const key = join(this.#names.entries(partition), id)
    const entry = (await this.#commander.call(key, ['GET', key])) as Buffer | null
    return entry === null ? undefined : decodeEntry(entry)
  }

  async commit(partition: string, changes: readonly Change[]): Promise<Committed> {
    if (changes.length === 0) return { ok: true, versions: [] }
    const { keys, args, versions, adds } = commitArguments(this.#names, partition, changes)
    return committed(await this.#commander.write(adds ? commit : remove, keys, args), versions)
  }

  async increment({ partition, id }: StoreKey, by: number, ttl: number): Promise<number | undefined> {
    const key = this.#names.counter(partition, id)
    const count = await this.#commander.write(increment, [key], [String(by), String(ttl)])
    return count === null ? undefined : Number(count)
  }

  async listOwned(
    partition: string,
    owner: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly OwnedEntry[]> {
    const keys = [this.#names.owners(partition) + owner, this.#names.entries(partition)]
    const from = after === undefined ? '-' : Buffer.concat([Buffer.from('('), encodeId(after)])
    const found = (await this.#commander.read(list, keys, [from, String(limit), ownerPart(owner)])) as Buffer[]
    const listed: OwnedEntry[] = []
    for (let i = 0; i < found.length; i += 2) listed.push({ id: decodeId(found[i]!), ...decodeEntry(found[i + 1]!) })
    return listed
  }

  async append(log: string, value: Uint8Array, ttl: number): Promise<number> {
    const tag = randomBytes(TAG)
    // A copy: the caller may change his bytes before they are sent.
    const record = [tag, Buffer.from(value), String(ttl)]
    const known = await this.#logArguments(log)
    const reply = await this.#commander.write(append, this.#names.log(log), [...known, ...record])
    const [generation, index] = reply as [Buffer, number]
    this.#learn(log, String(generation), index, tag)
    return index
  }

  async readSince(log: string, after: number, limit: number): Promise<LogPage> {
    const known = await this.#logArguments(log)
    const reply = await this.#commander.read(read, this.#names.log(log), [...known, String(after), String(limit)])
    const [id, last, tag, more] = reply as [Buffer, number, Buffer, number]
    const generation = String(id)
    this.#learn(log, generation, last, tag)
    const found = reply as (number | Buffer)[]
    const records: LogRecord[] = []
    for (let i = 4; i < found.length; i += 2) {
      records.push({ index: found[i] as number, value: copyOf(found[i + 1] as Buffer, HEADER) })
    }
    return { generation, records, last, more: more === 1 }
  }

  async subscribe(log: string, onHint: () => void): Promise<Cancel> {
    const [channel] = this.#names.log(log)
    const end = this.#hints.add(channel, onHint)
    const cancel = (): void => {
      end()
      this.#listener.forget(channel)
    }
    try {
      await this.#listener.listen(channel)
      return cancel
    } catch (thrown) {
      cancel()
      throw unavailable(thrown)
    }
  }

  async cleanup(): Promise<number> {
    return tidy(this.#commander, this.#names)
  }

  async close(): Promise<void> {
    this.#hints.clear()
    this.#listener.stop()
    this.#connection.close()
  }

  /** What this process knows of a log, for the server to compare. */
  async #logArguments(log: string): Promise<readonly Argument[]> {
    const generation = this.#generation.known ?? (await this.#generation.ask()).id
    const seen = this.#witness.of(log, generation)
    return [this.#generation.chance, generation, seen === undefined ? '' : String(seen.index), seen?.tag ?? '']
  }

  #learn(log: string, generation: string, index: number, tag: Buffer): void {
    this.#generation.heard(generation)
    this.#witness.remember(generation, log, { index, tag: Buffer.from(tag) })
  }
}
