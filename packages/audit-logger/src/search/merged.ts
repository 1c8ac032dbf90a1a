import type { AuditRecord } from '../record/event.ts'
import type { LogSource } from '../read/log-reader.ts'
import type { AuditQuery } from './query.ts'
import { Search } from './search.ts'

/** A record with the name of its log. */
export interface MergedRecord {
  readonly log: string
  readonly record: AuditRecord
}

/**
 * Records of several logs, such as one for each node, in the order of their times. As much memory as a piece of each log takes.
 */
export async function* mergedRecords(
  sources: readonly LogSource[],
  query: AuditQuery = {},
): AsyncGenerator<MergedRecord> {
  const sign = query.order === 'oldest' ? 1 : -1
  const heads: Head[] = []
  try {
    for (const source of sources) await advance({ log: source.origin, rest: new Search(source).records(query) }, heads)
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => (sign * compare(a, b) <= 0 ? a : b))
      heads.splice(heads.indexOf(first), 1)
      yield { log: first.log, record: first.record }
      await advance(first, heads)
    }
  } finally {
    for (const { rest } of heads) await rest.return(undefined)
  }
}

interface Head {
  readonly log: string
  readonly rest: AsyncGenerator<AuditRecord>
  readonly record: AuditRecord
}

async function advance({ log, rest }: Omit<Head, 'record'>, heads: Head[]): Promise<void> {
  const next = await rest.next()
  if (next.done !== true) heads.push({ log, rest, record: next.value })
}

function compare(a: Head, b: Head): number {
  return Date.parse(a.record.time) - Date.parse(b.record.time)
}
