import type { LogSource } from '../read/log-reader.ts'
import { Search } from '../search/search.ts'

/** A legal hold: nothing is deleted while it lasts. */
export interface Hold {
  /** Milliseconds since the Unix epoch; without, until it is lifted. */
  readonly until?: number
}

/** Whether somebody holds the log. It says so itself: what was recorded of holds cannot be deleted while one lasts. */
export async function isHeld(source: LogSource, now: number): Promise<boolean> {
  const holds = new Map<string, number>()
  for await (const { outcome, detail = {} } of new Search(source).records({ types: ['audit.hold'], order: 'oldest' })) {
    const { name, change, until } = detail as { name?: string; change?: string; until?: string }
    if (outcome !== 'success' || name === undefined) continue
    if (change === 'set') holds.set(name, until === undefined ? Infinity : Date.parse(until))
    else holds.delete(name)
  }
  return [...holds.values()].some((until) => until > now)
}
