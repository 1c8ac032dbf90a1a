import { debugOf, type Cancel, type Environment } from '@sallyport/core'
import type { SessionListener } from '../hooks.ts'
import type { EndedSession, LiveSession } from '../record.ts'
import { ATTEMPTS, type Found } from '../sessions.ts'
import { Bucket } from './bucket.ts'

const debug = debugOf('session-tracker')

/** How long a stretch is and how many are kept. Times are in milliseconds. */
const STRETCHES = {
  now: { length: 300_000, kept: 12 },
  hour: { length: 3_600_000, kept: 200 },
  day: { length: 86_400_000, kept: 400 },
} as const

type Stretch = keyof typeof STRETCHES

const PARTITION = 'session-tracker.analytics'
const WAIT = 10_000

/** What sessions come to, in constant memory: each node counts, and adds what it has counted to what all have, every few seconds. */
export class Analytics implements SessionListener {
  readonly #environment: Environment
  readonly #pending = new Map<string, { readonly stretch: Stretch; readonly bucket: Bucket }>()
  #timer: Cancel | undefined
  #adding: Promise<void> = Promise.resolve()

  constructor(environment: Environment) {
    this.#environment = environment
    environment.onClose(() => this.flush())
  }

  begun({ tag, sid, record }: Found<LiveSession>): void {
    for (const bucket of this.#buckets()) {
      bucket.begun(record.client.browser, record.place?.country)
      bucket.used(tag, sid)
    }
  }

  used({ tag, sid }: Found<LiveSession>): void {
    for (const bucket of this.#buckets()) bucket.used(tag, sid)
  }

  ended({ record }: Found<EndedSession>): void {
    for (const bucket of this.#buckets()) bucket.ended(Math.max(0, record.endedAt - record.createdAt))
  }

  /** What all nodes have counted, the oldest first; what this one has counted is added before. */
  async read(stretch: Stretch, count: number): Promise<readonly { readonly from: number; readonly bucket: Bucket }[]> {
    await this.flush()
    const { length, kept } = STRETCHES[stretch]
    const last = Math.floor(this.#environment.clock.now() / length)
    const wanted = Array.from({ length: Math.min(count, kept) }, (_, i) => last - i).toReversed()
    const entries = await Promise.all(wanted.map((number) => this.#find(`${stretch}:${number}`)))
    return wanted.map((number, i) => ({ from: number * length, bucket: entries[i]?.bucket ?? new Bucket() }))
  }

  /** Never rejects: what cannot be added waits on. */
  flush(): Promise<void> {
    // Whoever comes while others add waits for them too: what they take is no longer to be seen here.
    return (this.#adding = this.#adding.then(() => this.#flush()))
  }

  async #flush(): Promise<void> {
    this.#timer?.()
    this.#timer = undefined
    const pending = [...this.#pending]
    this.#pending.clear()
    await Promise.all(pending.map(([id, { stretch, bucket }]) => this.#add(id, stretch, bucket)))
  }

  async #add(id: string, stretch: Stretch, bucket: Bucket): Promise<void> {
    const { length, kept } = STRETCHES[stretch]
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const found = await this.#find(id)
        const sum = new Bucket()
        if (found?.bucket) sum.merge(found.bucket)
        sum.merge(bucket)
        const condition = found === undefined ? 'absent' : { version: found.version }
        const put = { put: id, value: sum.encode(), ttl: length * (kept + 1), if: condition } as const
        if ((await this.#environment.store.commit(PARTITION, [put])).ok) return
      }
      debug('figures were not added: others were always faster')
    } catch (thrown) {
      debug(`figures were not added: ${(thrown as { code?: string }).code ?? 'no code'}`)
    }
    const later = this.#pending.get(id)
    if (later) later.bucket.merge(bucket)
    else if (this.#pending.size < 100) this.#pending.set(id, { stretch, bucket })
    this.#schedule()
  }

  async #find(id: string): Promise<{ readonly bucket: Bucket | undefined; readonly version: string } | undefined> {
    const entry = await this.#environment.store.get({ partition: PARTITION, id })
    return entry && { bucket: Bucket.decode(entry.value), version: entry.version }
  }

  #buckets(): Bucket[] {
    const now = this.#environment.clock.now()
    this.#schedule()
    return (Object.keys(STRETCHES) as Stretch[]).map((stretch) => {
      const id = `${stretch}:${Math.floor(now / STRETCHES[stretch].length)}`
      const present = this.#pending.get(id)
      if (present) return present.bucket
      const bucket = new Bucket()
      this.#pending.set(id, { stretch, bucket })
      return bucket
    })
  }

  #schedule(): void {
    if (!this.#environment.closed) this.#timer ??= this.#environment.clock.after(WAIT, () => void this.flush())
  }
}
