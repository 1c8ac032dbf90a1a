import type { AuditCategory } from '../catalogue/catalogue.ts'
import { entryOf } from '../catalogue/catalogue.ts'
import type { LogSource } from '../read/log-reader.ts'

const DAY = 86_400_000

/** Options of `retention`: how long records are kept, in days. */
export interface RetentionOptions {
  /** How long records are kept. @default 2555 (seven years) */
  readonly days?: number
  /** How long records of a category are kept, where that is another time. @default {} */
  readonly categories?: Readonly<Partial<Record<AuditCategory, number>>>
  /** After how many days finished segments are compressed. @default never */
  readonly archiveAfter?: number
}

/** What is to become of the oldest segments. */
export interface RetentionPlan {
  /** Records before this one may go: each of them is past its time. */
  readonly deleteBefore: number
  /** Segments that begin before this one may be compressed. */
  readonly archiveBefore: number
}

/**
 * Looks which segments are past their time. Only whole segments go, from the beginning: one record that must be kept keeps its segment
 * and those after it.
 */
export async function planRetention(
  source: LogSource,
  { days = 2555, categories = {}, archiveAfter }: RetentionOptions,
  now: number,
): Promise<RetentionPlan> {
  const pieces = await source.pieces()
  let deleteBefore = pieces[0] ?? 0
  let archiveBefore = 0
  let deleting = true
  for (const [i, first] of pieces.entries()) {
    const next = pieces[i + 1]
    if (next === undefined) break
    let [ends, newest] = [-Infinity, -Infinity]
    for await (const { bytes } of source.entries(first, next)) {
      const { time, type } = JSON.parse(bytes.toString()) as { time: string; type: string }
      const at = Date.parse(time)
      newest = Math.max(newest, at)
      ends = Math.max(ends, at + (categories[entryOf(type).category] ?? days) * DAY)
    }
    deleting &&= ends < now
    if (deleting) deleteBefore = next
    else if (archiveAfter !== undefined && newest + archiveAfter * DAY < now) archiveBefore = next
    else break
  }
  return { deleteBefore, archiveBefore }
}
