import { HyperLogLog } from './hyper-log-log.ts'

/** Names of browsers or countries that are counted by themselves; the rest is `other`. */
const MOST_NAMES = 64

/** Lengths of sessions by powers of two: up to a minute, up to two, up to four … up to 45 days, and longer. */
const LENGTHS = 18

/** What is counted exactly. */
interface Counts {
  begun: number
  ended: number
  /** Seconds that the ended ones lasted. */
  lasted: number
  lengths: number[]
  browsers: Record<string, number>
  countries: Record<string, number>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What happened in one stretch of time, on one node or on all. */
export class Bucket {
  readonly users: HyperLogLog = new HyperLogLog()
  readonly sessions: HyperLogLog = new HyperLogLog()
  readonly counts: Counts = {
    begun: 0,
    ended: 0,
    lasted: 0,
    lengths: Array.from({ length: LENGTHS }, () => 0),
    browsers: Object.create(null) as Record<string, number>,
    countries: Object.create(null) as Record<string, number>,
  }

  used(user: string, session: string): void {
    this.users.add(user)
    this.sessions.add(session)
  }

  begun(browser: string, country: string | undefined): void {
    this.counts.begun++
    count(this.counts.browsers, browser, 1)
    if (country !== undefined) count(this.counts.countries, country, 1)
  }

  /** @param lasted seconds */
  ended(lasted: number): void {
    this.counts.ended++
    this.counts.lasted += lasted
    const place = lasted < 60 ? 0 : Math.min(LENGTHS - 1, Math.floor(Math.log2(lasted / 60)) + 1)
    this.counts.lengths[place]!++
  }

  merge({ users, sessions, counts }: Bucket): void {
    this.users.merge(users)
    this.sessions.merge(sessions)
    this.counts.begun += counts.begun
    this.counts.ended += counts.ended
    this.counts.lasted += counts.lasted
    for (const [i, one] of counts.lengths.entries()) this.counts.lengths[i]! += one
    for (const name of ['browsers', 'countries'] as const) {
      for (const [key, one] of Object.entries(counts[name])) count(this.counts[name], key, one)
    }
  }

  encode(): Uint8Array {
    const counts = encoder.encode(JSON.stringify(this.counts))
    const bytes = new Uint8Array(1 + 2 * HyperLogLog.size + counts.length)
    bytes[0] = FORM
    bytes.set(this.users.registers, 1)
    bytes.set(this.sessions.registers, 1 + HyperLogLog.size)
    bytes.set(counts, 1 + 2 * HyperLogLog.size)
    return bytes
  }

  /** Nothing for what another version has written. */
  static decode(bytes: Uint8Array): Bucket | undefined {
    if (bytes[0] !== FORM) return undefined
    const { size } = HyperLogLog
    const bucket = new Bucket()
    bucket.users.merge(new HyperLogLog(bytes.subarray(1, 1 + size)))
    bucket.sessions.merge(new HyperLogLog(bytes.subarray(1 + size, 1 + 2 * size)))
    const { browsers, countries, ...rest } = JSON.parse(decoder.decode(bytes.subarray(1 + 2 * size))) as Counts
    Object.assign(bucket.counts, rest)
    Object.assign(bucket.counts.browsers, browsers)
    Object.assign(bucket.counts.countries, countries)
    return bucket
  }
}

const FORM = 1

function count(counts: Record<string, number>, name: string, by: number): void {
  const known = name in counts || Object.keys(counts).length < MOST_NAMES
  const key = known ? name : 'other'
  counts[key] = (counts[key] ?? 0) + by
}
