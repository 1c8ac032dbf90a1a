import type { ListedRoute, RouteList } from './route.ts'

/** Forms in which a list is printed. */
export const formats = {
  table: (list: RouteList): string => `${aligned(rowsOf(list))}\n${summaryOf(list)}\n`,
  json: (list: RouteList): string => `${JSON.stringify(list, undefined, 2)}\n`,
  markdown: (list: RouteList): string => {
    const [header = [], ...rows] = rowsOf(list).map((cells) =>
      cells.map((cell) => cell.replaceAll('|', String.raw`\|`)),
    )
    const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
    return `${lines.join('\n')}\n\n${summaryOf(list)}\n`
  },
} as const

function rowsOf({ routes }: RouteList): string[][] {
  const header = ['method', 'path', 'decision', 'authentication', 'permission', 'factors', 'gates']
  return [header, ...routes.map(cellsOf)]
}

function cellsOf(route: ListedRoute): string[] {
  const { methods, path, verdict, why, authentication, permissions, anyPermissions, scopes, factors, gates } = route
  const demanded = [
    ...permissions,
    ...anyPermissions.map((list) => list.join(' or ')),
    ...scopes.map((scope) => `scope ${scope}`),
  ]
  return [
    methods.join(', '),
    path,
    why === undefined ? verdict : `${verdict}: ${why}`,
    authentication,
    demanded.join(', '),
    factors.join(', '),
    gates.join(', '),
  ].map((cell) => printable(cell))
}

/** Paths and reasons come from the app: none of them moves the cursor or begins a line. */
function printable(text: string): string {
  return text === '' ? '-' : text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)))
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function summaryOf({ framework, defaultDeny, routes }: RouteList): string {
  const count = (verdict: string): number => routes.filter((route) => route.verdict === verdict).length
  const deny = defaultDeny ? 'on' : 'off'
  return `${framework}: ${routes.length} routes, ${count('undecided')} undecided, ${count('unverifiable')} unverifiable; default deny ${deny}`
}
