import type { LiveSession } from '../record.ts'
import type { Found } from '../sessions.ts'
import type { Limit } from './options.ts'

/** A session that is ended for a new one, and why. */
export interface Victim extends Found<LiveSession> {
  readonly why: 'instead' | 'limit'
}

/** What the limit makes of a login. */
export interface Verdict {
  readonly victims: readonly Victim[]
  /** How many sessions are too many, after those that the user gives up. */
  readonly over: number
  readonly most: number
}

/** Which sessions end for a new one: those that the user gives up, and of the rest the oldest, as far as there are too many. */
export function victimsOf(
  live: readonly Found<LiveSession>[],
  draft: { readonly sid: string; readonly roles: readonly string[]; readonly instead: readonly string[] },
  limit: Limit | undefined,
): Verdict {
  const others = live.filter(({ sid }) => sid !== draft.sid)
  const given = others.filter(({ sid }) => draft.instead.includes(sid))
  const rest = others.filter(({ sid }) => !draft.instead.includes(sid))
  const most = limit?.mostFor(draft.roles) ?? Infinity
  const over = Math.max(0, rest.length + 1 - most)
  const oldest = over === 0 ? [] : rest.toSorted((a, b) => a.record.createdAt - b.record.createdAt).slice(0, over)
  return {
    victims: [
      ...given.map((found): Victim => ({ ...found, why: 'instead' })),
      ...oldest.map((found): Victim => ({ ...found, why: 'limit' })),
    ],
    over,
    most,
  }
}
