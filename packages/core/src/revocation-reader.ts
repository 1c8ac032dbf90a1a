import type { Clock } from './clock.ts'
import { decodeRecord, encodeRecord, type Loss } from './revocation-record.ts'
import type { RevocationSet } from './revocation-set.ts'
import { REVOCATION_MARGIN, type Revocation } from './revocations.ts'
import type { LogPage, LogRecord, Store } from './store/contract.ts'
import { storeUnavailable } from './store/unavailable.ts'

/** Name of the log that holds the revocations. */
export const REVOCATION_LOG = 'sallyport.revocations'

/** How long nodes that start later are told of a loss, in milliseconds: longer than any credential should live. */
const LOSS_TOLD = 400 * 24 * 60 * 60 * 1000

/** The last record that was read. */
interface Anchor extends LogRecord {
  /** When the store may have dropped it, in seconds since the Unix epoch. */
  readonly endsAt: number
}

/** What a reading found. */
export interface Reading {
  readonly changed: boolean
  /** What was new to this node. */
  readonly news: readonly Revocation[]
}

/**
 * Follows the log and keeps a set in step with it.
 *
 * **A store that has lost everything** comes back with another generation. A node that saw the one before knows that revocations are
 * gone, not which: it refuses whatever was issued before the new generation began, keeps what it knew itself, and writes
 * the loss down for nodes that start later. A node that starts knows no generation before and takes the present one as it is: were the
 * birth of a store alone a reason to refuse, each restart of an app on the memory store would log everybody out.
 *
 * **A record that cannot be read** may revoke anything, so the list cannot be relied on while it is there. It is
 * neither skipped nor fatal: what follows it is applied, `read` keeps rejecting, and goes on by itself once the record is gone.
 */
export class RevocationReader {
  readonly #store: Store
  readonly #set: RevocationSet
  readonly #clock: Clock
  #generation: string | undefined
  #anchor: Anchor | undefined
  readonly #unreadable = new Set<number>()
  #loss: Loss | undefined

  constructor(store: Store, set: RevocationSet, clock: Clock) {
    this.#store = store
    this.#set = set
    this.#clock = clock
  }

  /** Index of the first record that cannot be read. */
  get unreadable(): number | undefined {
    const [first] = this.#unreadable
    return first
  }

  /**
   * Reads to the log's end, handing out what each page brought. Answers when its last page was asked for: until then the set knows
   * everything.
   */
  async read(onReading: (reading: Reading) => void): Promise<number> {
    let asked: number
    for (let turns = 0; ;) {
      asked = this.#clock.now()
      const page = await this.#store.readSince(REVOCATION_LOG, this.#anchor === undefined ? 0 : this.#anchor.index - 1)
      const lost = this.#generation !== undefined && page.generation !== this.#generation
      if (lost || !this.#isAnchored(page)) {
        if (turns++ > 3) throw storeUnavailable('The store does not agree with itself about its log')
        this.#anchor = undefined
        this.#unreadable.clear()
        if (lost) await this.#beginAnew(onReading)
        continue
      }
      this.#generation = page.generation
      const { records } = page
      const fresh = records[0]?.index === this.#anchor?.index ? records.slice(1) : records
      if (fresh.length > 0) onReading(this.#apply(fresh))
      if (!page.more) break
      if (fresh.length === 0) throw storeUnavailable('The store gave an empty page of a log that goes on')
    }
    await this.#tellLoss()
    await this.#checkUnreadable()
    return asked
  }

  /**
   * Whether the log goes on where this node stopped. A server that fails over to a replica may have lost the end of the log; its numbers
   * are given out again then, to records that must not be missed. So the last record that was read is read again each time.
   */
  #isAnchored({ records, last }: LogPage): boolean {
    if (this.#anchor === undefined) return true
    const { index, value, endsAt } = this.#anchor
    const [first] = records
    if (last < index) return false
    if (first?.index === index) return Buffer.compare(first.value, value) === 0
    return endsAt <= this.#clock.now() / 1000
  }

  async #beginAnew(onReading: (reading: Reading) => void): Promise<void> {
    const { id, since } = await this.#store.generation()
    const now = this.#clock.now()
    // Never later than now: a store whose clock runs ahead must not lock out who logs in after this.
    const notAfter = Math.floor((since >= 0 && since < now ? since : now) / 1000)
    this.#generation = id
    this.#loss = { kind: 'loss', notAfter }
    if (!this.#set.raiseEpoch(notAfter)) return
    onReading({ changed: true, news: [] })
    const until = new Date(notAfter * 1000).toISOString()
    process.emitWarning(
      `The store has lost its list of revocations: what was issued until ${until} is refused`,
      'SallyportWarning',
    )
  }

  #apply(records: LogPage['records']): Reading {
    const now = this.#clock.now() / 1000
    const news: Revocation[] = []
    let changed = false
    let entry: Revocation | Loss | undefined
    for (const record of records) {
      entry = decodeRecord(record.value)
      if (entry === undefined) {
        this.#unreadable.add(record.index)
        continue
      }
      if (entry.kind === 'loss') {
        if (this.#loss !== undefined && entry.notAfter >= this.#loss.notAfter) this.#loss = undefined
        changed = this.#set.raiseEpoch(entry.notAfter) || changed
      } else if (this.#set.add(entry, now)) {
        changed = true
        news.push(entry)
      }
    }
    this.#anchor = { ...records.at(-1)!, endsAt: endOf(entry) }
    return { changed, news }
  }

  async #tellLoss(): Promise<void> {
    if (this.#loss === undefined) return
    try {
      await this.#store.append(REVOCATION_LOG, encodeRecord(this.#loss), { ttl: LOSS_TOLD })
      this.#loss = undefined
    } catch {
      // This node knows and refuses; it tells the others with a later reading.
    }
  }

  async #checkUnreadable(): Promise<void> {
    for (const index of this.#unreadable) {
      const page = await this.#store.readSince(REVOCATION_LOG, index - 1, { limit: 1 })
      const record = page.generation === this.#generation ? page.records[0] : undefined
      if (record?.index === index && decodeRecord(record.value) === undefined) {
        throw storeUnavailable(`Record ${index} of the revocation log cannot be read by this version of Sallyport`)
      }
      this.#unreadable.delete(index)
    }
  }
}

function endOf(entry: Revocation | Loss | undefined): number {
  // Nobody knows how long what cannot be read was to live.
  if (entry === undefined) return 0
  return entry.kind === 'loss' ? Infinity : entry.expiresAt + REVOCATION_MARGIN
}
