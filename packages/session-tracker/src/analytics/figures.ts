import { acceptNumber, acceptOneOf, checkOptions, type OptionRules } from '@sallyport/core'
import type { Analytics } from './analytics.ts'
import { Bucket } from './bucket.ts'

/** Which figures are wanted. */
export interface FiguresOptions {
  /** How long each stretch of the series is. @default 'day' */
  readonly by?: 'hour' | 'day'
  /** How many of them, up to now: 200 hours, 400 days at most. @default 30 */
  readonly count?: number
}

/** What happened in one stretch of time. Users and sessions are counted within 1.6 %. */
export interface Figures {
  /** When it begins, in seconds since the Unix epoch. */
  readonly from: number
  /** Different users that were active. */
  readonly users: number
  /** Different sessions that were active. */
  readonly sessions: number
  readonly begun: number
  readonly ended: number
}

/** Figures of an app's sessions. */
export interface SessionFigures {
  /** Active in the last five to ten minutes. */
  readonly now: { readonly users: number; readonly sessions: number }
  /** The oldest first. */
  readonly series: readonly Figures[]
  /** Of the whole series: different users and sessions, which is less than the sum. */
  readonly users: number
  readonly sessions: number
  /** Sessions that began, by browser. */
  readonly browsers: Readonly<Record<string, number>>
  /** Sessions that began, by country. */
  readonly countries: Readonly<Record<string, number>>
  /** How long sessions lasted that were ended, in seconds, and how many by length: up to a minute, two, four and so on. */
  readonly length: {
    readonly average: number
    readonly counts: readonly { readonly upTo: number; readonly sessions: number }[]
  }
}

const rules: OptionRules<FiguresOptions> = { by: acceptOneOf('hour', 'day'), count: acceptNumber('stretches', 1, 400) }

/** @throws SecurityError ERR_OPTION, ERR_STORE_UNAVAILABLE (503) */
export async function figuresOf(analytics: Analytics, options: FiguresOptions): Promise<SessionFigures> {
  checkOptions<FiguresOptions>('sessions.figures', options, rules)
  const { by = 'day', count = 30 } = options
  const [recent, all] = await Promise.all([analytics.read('now', 2), analytics.read(by, Math.floor(count))])
  const now = sumOf(recent.map(({ bucket }) => bucket))
  const whole = sumOf(all.map(({ bucket }) => bucket))
  const { ended, lasted, lengths, browsers, countries } = whole.counts
  return {
    now: { users: now.users.count, sessions: now.sessions.count },
    series: all.map(({ from, bucket: { users, sessions, counts } }) => ({
      from: from / 1000,
      users: users.count,
      sessions: sessions.count,
      begun: counts.begun,
      ended: counts.ended,
    })),
    users: whole.users.count,
    sessions: whole.sessions.count,
    browsers: { ...browsers },
    countries: { ...countries },
    length: {
      average: ended === 0 ? 0 : Math.round(lasted / ended),
      counts: lengths.map((sessions, i) => ({ upTo: 60 * 2 ** i, sessions })),
    },
  }
}

function sumOf(buckets: readonly Bucket[]): Bucket {
  const sum = new Bucket()
  for (const bucket of buckets) sum.merge(bucket)
  return sum
}
