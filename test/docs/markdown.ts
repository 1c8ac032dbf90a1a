/** A fenced block of code. */
export interface Fence {
  readonly path: string
  /** Line of the first line of code, from 1. */
  readonly line: number
  /** What stands behind the opening backticks: `ts`, `ts run`, `sh` … */
  readonly info: string
  readonly code: string
  /** Declarations that the reader need not see: an HTML comment `<!-- ts … -->` right before the block. */
  readonly prelude: string
}

/** A table, with the heading it stands under. */
export interface Table {
  readonly path: string
  readonly line: number
  readonly heading: string
  /** Cells of the first row, in lower case. */
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The fenced blocks of a document. */
export function fencesOf(path: string, text: string): Fence[] {
  return [...text.matchAll(/(?:^<!-- ts\n([\s\S]*?)-->\n+)?^```([^\n`]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, prelude = '', info = '', code = ''] = match
    const before = text.slice(0, match.index + whole.length - code.length - '```'.length)
    return { path, line: before.split('\n').length, info: info.trim(), code, prelude }
  })
}

/** The tables of a document. Code in fenced blocks has none. */
export function tablesOf(path: string, text: string): Table[] {
  const lines = text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/[^\n]/g, '')).split('\n')
  const tables: Table[] = []
  let heading = ''
  for (let i = 0; i < lines.length; i++) {
    heading = /^#+ (.*)$/.exec(lines[i]!)?.[1] ?? heading
    if (!lines[i]!.startsWith('|') || !/^\|[\s:|-]+$/.test(lines[i + 1] ?? '')) continue
    const start = i
    const rows: string[][] = []
    for (i += 2; lines[i]?.startsWith('|'); i++) rows.push(cellsOf(lines[i]!))
    tables.push({
      path,
      line: start + 1,
      heading,
      header: cellsOf(lines[start]!).map((cell) => cell.toLowerCase()),
      rows,
    })
  }
  return tables
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** The name in a cell such as `` `audience` `` or `` `audience`, required ``. */
export function nameIn(cell: string): string {
  return /`([^`]+)`/.exec(cell)?.[1] ?? cell
}
