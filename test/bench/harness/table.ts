import type { Row, Table } from './report.ts'
import type { Summary } from './statistics.ts'

interface Column {
  readonly head: string
  cell(row: Row): string | undefined
}

const ratio: Column = { head: '× ref', cell: (row) => row.ratio && significant(row.ratio.median) }
const spread: Column = { head: '±', cell: (row) => row.ratio && percent(row.ratio.spread / 2) }
const net: Column = { head: 'net µs', cell: (row) => micros(row.netCpuMicros) }
const kept: Column = { head: 'kept MB', cell: (row) => megabytes(row.kept) }
const rss: Column = { head: 'RSS MB', cell: (row) => megabytes(row.rss) }

const columns: readonly Column[] = [
  ratio,
  spread,
  { head: 'CPU µs', cell: ({ cpuMicros }) => micros(cpuMicros) },
  net,
  { head: 'per CPU-s', cell: ({ perCpuSecond }) => perCpuSecond && rate(perCpuSecond.median) },
  { head: 'per s', cell: ({ perSecond }) => perSecond && rate(perSecond.median) },
  { head: 'p50 ms', cell: ({ p50 }) => milliseconds(p50) },
  { head: 'p97.5', cell: ({ p97_5 }) => milliseconds(p97_5) },
  { head: 'p99', cell: ({ p99 }) => milliseconds(p99) },
  { head: 'busy', cell: ({ busy }) => busy && percent(busy.median) },
  kept,
  rss,
]

/** Three digits that mean something. */
export function significant(value: number): string {
  const size = Math.abs(value)
  if (size < 0.1) return String(Number(value.toPrecision(2)))
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

function micros(value: Summary | undefined): string | undefined {
  if (value === undefined) return undefined
  return value.median >= 10_000 ? `${(value.median / 1000).toFixed(1)} ms` : significant(value.median)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function milliseconds(value: Summary | undefined): string | undefined {
  return value?.median.toFixed(2)
}

function megabytes(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : (bytes / 1e6).toFixed(1)
}

function rate(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`
  return value >= 1e4 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(0)
}

/** All tables of a suite, those of one title side by side. */
export function formatTables(tables: readonly Table[]): string[] {
  const titles = new Set(tables.map(({ title }) => title))
  return [...titles].map((title) => formatGroup(tables.filter((table) => table.title === title)))
}

function formatGroup(group: readonly Table[]): string {
  const { title, reference, rows } = group[0]!
  const body = rows.map(() => [] as string[])
  const heads: string[] = []
  for (const table of group) {
    const offered = group.length === 1 ? columns : [ratio, spread, net, kept, rss]
    // A column that no row fills is left out.
    const used = offered.filter((column) => table.rows.some((row) => column.cell(row) !== undefined))
    heads.push(...used.map(({ head }, index) => (index === 0 && table.column ? `${table.column}: ${head}` : head)))
    for (const [index, row] of table.rows.entries()) body[index]!.push(...used.map((column) => column.cell(row) ?? '–'))
  }
  const cells = [[title, ...heads], ...rows.map(({ contender }, index) => [contender, ...body[index]!])]
  const widths = cells[0]!.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)))
  const lines = cells.map((line, index) => {
    const row = rows[index - 1]
    const first = line[0]!.padEnd(widths[0]!)
    if (row?.unavailable !== undefined) return `${first}  n/a: ${row.unavailable}`
    const rest = line.slice(1).map((cell, column) => cell.padStart(widths[column + 1]!))
    return [first, ...rest, ...(row?.note === undefined ? [] : [row.note])].join('  ')
  })
  lines.splice(1, 0, '─'.repeat(lines[0]!.length))
  return [...lines, `  × ref: against “${reference}”, by CPU time; above 1 is better.`].join('\n')
}
