import type { ListedRoute, RouteList } from './route.ts'

const HEAD = `# Routes that nobody decided about, or that cannot be verified, and that somebody has looked at.
# \`npx sallyport routes <module> --check\` fails on others, and on lines here that are no longer needed.
`

/** What a check finds against what was accepted. */
export interface Comparison {
  /** Open, and not accepted. */
  readonly added: readonly string[]
  /** Accepted, and not open any more. */
  readonly gone: readonly string[]
}

/** The text of a baseline that accepts what is open now. */
export function baselineOf(list: RouteList): string {
  return `${HEAD}${openOf(list)
    .map((line) => `${line}\n`)
    .join('')}`
}

export function compare(list: RouteList, baseline: string): Comparison {
  const accepted = new Set(
    baseline
      .split('\n')
      // Whoever accepts a route may say why, behind a `#` with a space before it.
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== ''),
  )
  const open = openOf(list)
  return {
    added: open.filter((line) => !accepted.has(line)),
    gone: [...accepted].filter((line) => !open.includes(line)),
  }
}

function openOf({ routes }: RouteList): string[] {
  const lines = routes
    .filter(({ verdict }) => verdict === 'undecided' || verdict === 'unverifiable')
    .map((route) => lineOf(route))
  return [...new Set(lines)].toSorted()
}

function lineOf({ verdict, methods, path, why }: ListedRoute): string {
  const name = methods[0] === 'USE' ? ` (${why ?? ''})` : ''
  return `${verdict} ${methods.join(',')} ${path}${name}`.replaceAll(/[\p{Cc}#]/gu, '?')
}
