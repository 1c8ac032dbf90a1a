import type { LogPage } from '@sallyport/core/store'
import { readBytes } from './parameters.ts'
import type { Row } from './pool.ts'
import type { Seen } from './witness.ts'

/** The answer of the schema's `append`. */
export function readAppended({ generation, index, tag }: Row<'generation' | 'index' | 'tag'>): {
  readonly generation: string
  readonly seen: Seen
} {
  return { generation: generation!, seen: { index: Number(index), tag: tag! } }
}

/** A row of the schema's `read_since`. */
export type PageRow = Row<'generation' | 'last' | 'index' | 'tag' | 'value'>

/** Its answer: a row for each record, one more than asked for where there are more; of a log without any, one that tells of the log. */
export function readPage(
  rows: readonly PageRow[],
  limit: number,
): { readonly page: LogPage; readonly seen: Seen | undefined } {
  const { generation, last } = rows[0]!
  const found = rows.filter(({ index }) => index !== null)
  const shown = found.slice(0, limit)
  const newest = shown.at(-1)
  return {
    page: {
      generation: generation!,
      records: shown.map(({ index, value }) => ({ index: Number(index), value: readBytes(value!) })),
      last: Number(last),
      more: found.length > limit,
    },
    seen: newest && { index: Number(newest.index), tag: newest.tag! },
  }
}
